//! What a shader's text depends on beside its program.

use crate::shader::shell::Division;
use crate::storage::Halves;

/// The adapter that a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) division: Division,
    pub(crate) halves: Halves,
}

impl Target {
    /// An adapter of this kind with all that WebGPU asks for: any but OpenGL's.
    pub(crate) fn of(device_type: wgpu::DeviceType) -> Self {
        Self { division: Division::of(device_type), halves: Halves::Unpacked }
    }

    /// A device with `Features::SHADER_F16` besides.
    pub(crate) fn with_shader_f16(self) -> Self {
        Self { halves: Halves::Converted, ..self }
    }

    #[cfg(test)]
    pub(crate) const GPU: Self = Self { division: Division::GPU, halves: Halves::Unpacked };
}
