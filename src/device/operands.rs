//! What kernels take, in buffers of this wgpu.

use super::wgpu;
use crate::operand::{self, Memory};

/// A range of a wgpu buffer: see [`plan::Span`](crate::plan::Span).
pub type Span<'a> = operand::Span<'a, wgpu::Buffer>;

/// What a name of a formula is bound to: see [`plan::Operand`](crate::plan::Operand). It lies in `V`: [`Span`]s on a device, slices on the
/// CPU.
pub type Operand<'a, V = Span<'a>> = operand::Operand<'a, V>;

/// A function and where its parameters come from: see [`plan::Parameters`](crate::plan::Parameters). Learned ones lie in `V`: [`Span`]s on a
/// device, slices on the CPU.
pub type Parameters<'a, V = Span<'a>> = operand::Parameters<'a, V>;

impl Memory for wgpu::Buffer {
    fn bytes(&self) -> u64 {
        self.size()
    }

    fn is_storage(&self) -> bool {
        self.usage().contains(wgpu::BufferUsages::STORAGE)
    }
}
