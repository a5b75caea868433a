//! What kernels take, in buffers of this wgpu.

use super::wgpu;
use crate::operand::{self, Memory};

/// A range of a wgpu buffer: see [`plan::Span`](crate::plan::Span).
///
/// ```
/// use wgpu_activations::{Span, wgpu};
///
/// /// The second of two tensors of 1000 f32 in one buffer.
/// fn second(arena: &wgpu::Buffer) -> Span<'_> {
///     Span::new(arena, 4000, 1000)
/// }
/// ```
pub type Span<'a> = operand::Span<'a, wgpu::Buffer>;

/// What a name of a formula is bound to: see [`plan::Operand`](crate::plan::Operand). It lies in `V`: [`Span`]s on a device, slices on the
/// CPU.
pub type Operand<'a, V = Span<'a>> = operand::Operand<'a, V>;

/// A function and where its parameters come from: see [`plan::Parameters`](crate::plan::Parameters). Learned ones lie in `V`: [`Span`]s on a
/// device, slices on the CPU.
///
/// ```
/// use wgpu_activations::{Activation, Channels, Error, Parameters, Span};
///
/// /// prelu with a learned slope for each of 64 channels of images.
/// fn by_channel<'a>(slopes: &'a [Span<'a>; 1], pixels: u64) -> Result<Parameters<'a>, Error> {
///     Ok(Parameters::learned(Activation::prelu(0.25)?, slopes, Channels::new(64, pixels)))
/// }
/// ```
pub type Parameters<'a, V = Span<'a>> = operand::Parameters<'a, V>;

impl Memory for wgpu::Buffer {
    fn bytes(&self) -> u64 {
        self.size()
    }

    fn is_storage(&self) -> bool {
        self.usage().contains(wgpu::BufferUsages::STORAGE)
    }
}
