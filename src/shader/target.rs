//! What a shader's text depends on beside its program.

use crate::shader::shell::Division;
use crate::storage::Halves;

/// The kind of device that a shader's text is for. Any text runs on any device that has what it calls: a GPU or a CPU is a matter of speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub(crate) division: Division,
    pub(crate) halves: Halves,
}

impl Target {
    /// A GPU with all that WebGPU asks for: any but OpenGL's.
    pub const GPU: Self = Self { division: Division::GPU, halves: Halves::Unpacked };

    /// A software adapter.
    pub const CPU: Self = Self { division: Division::CPU, ..Self::GPU };

    /// A device with the feature `shader-f16` (wgpu's `Features::SHADER_F16`) besides: f16 is written by the hardware's conversion, and
    /// texts begin with `enable f16;`.
    #[must_use]
    pub const fn with_shader_f16(self) -> Self {
        Self { halves: Halves::Converted, ..self }
    }

    /// A device without `unpack2x16float`, which wgpu has where `DownlevelFlags::SHADER_F16_IN_F32` is set: OpenGL's, as a rule. f16 is
    /// read and written by integer operations.
    #[must_use]
    pub const fn without_unpack(self) -> Self {
        Self { halves: Halves::Bits, ..self }
    }
}
