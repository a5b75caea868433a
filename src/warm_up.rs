//! Kernels to be compiled ahead of time, and the programs that they take.

use crate::activation::Kind;
use crate::error::Error;
use crate::gate::GateKind;
use crate::parameters::Channels;
use crate::plan::{Access, Layout, Width};
use crate::shader::{Arguments, Direction, Function, Matrix, Program, Shell};
use crate::storage::Storage;

/// A kernel and how it will be bound, for [`Kernels::warm_up`](crate::Kernels::warm_up). One with an activation's own parameters is made
/// from `(Kind, Direction, Storage)`.
///
/// ```
/// use wgpu_activations::{Channels, Direction, Error, Kernels, Kind, Storage, WarmUp};
///
/// fn load(kernels: &Kernels) -> Result<(), Error> {
///     kernels.warm_up(&[
///         WarmUp::from((Kind::GeluErf, Direction::Forward, Storage::F32)),
///         WarmUp::new(Kind::Prelu, Direction::Backward, Storage::F32).learned(Channels::new(64, 49)).accumulating(),
///         WarmUp::gated_forward(Kind::Silu, Storage::F16),
///     ])
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    function: Function,
    storage: Storage,
    origin: Origin,
    accumulate: bool,
}

/// Where parameters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Values,
    Learned(Channels),
    Drawn,
}

impl WarmUp {
    /// One direction of an activation in one storage type.
    #[must_use]
    pub const fn new(kind: Kind, direction: Direction, storage: Storage) -> Self {
        Self::of(Function::Activation(kind, direction), storage)
    }

    /// [`Kernels::gated_forward`](crate::Kernels::gated_forward), for values and gates in ranges of their own.
    #[must_use]
    pub fn gated_forward(gate: impl Into<GateKind>, storage: Storage) -> Self {
        Self::of(Function::GateForward(gate.into()), storage)
    }

    /// [`Kernels::gated_backward`](crate::Kernels::gated_backward), for values and gates in ranges of their own.
    #[must_use]
    pub fn gated_backward(gate: impl Into<GateKind>, storage: Storage) -> Self {
        Self::of(Function::GateBackward(gate.into()), storage)
    }

    /// With [`Parameters::learned`](crate::Parameters::learned), by such channels.
    #[must_use]
    pub const fn learned(self, channels: Channels) -> Self {
        Self { origin: Origin::Learned(channels), ..self }
    }

    /// With [`Parameters::drawn`](crate::Parameters::drawn).
    #[must_use]
    pub const fn drawn(self) -> Self {
        Self { origin: Origin::Drawn, ..self }
    }

    /// For `bind_accumulate`.
    #[must_use]
    pub const fn accumulating(self) -> Self {
        Self { accumulate: true, ..self }
    }

    pub(crate) const fn of(function: Function, storage: Storage) -> Self {
        Self { function, storage, origin: Origin::Values, accumulate: false }
    }

    /// Whether there is such a kernel, for some parameters at least.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (name, learnable, draws) = match self.function {
            Function::Activation(kind, direction) => {
                direction.check(kind)?;
                (kind.name(), kind.learnable().len(), kind.draws())
            }
            Function::GateForward(gate) | Function::GateBackward(gate) => (gate.name(), 0, false),
        };
        match self.origin {
            Origin::Learned(_) if learnable == 0 => Err(Error::NotLearnable { activation: name, index: 0 }),
            Origin::Drawn if !draws => Err(Error::NothingToDraw { activation: name }),
            _ => Ok(()),
        }
    }

    /// What the kernel is made with, and ranges of any alignment need.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let first = Self::of(self.function, self.storage).program(Width::Wide);
        let widths = self.storage.widths().iter().map(|width| self.program(*width));
        std::iter::once(first).chain(widths).chain(self.second_level()).collect()
    }

    /// What ranges of this alignment in buffers of their own need.
    pub(crate) fn program(&self, width: Width) -> Program {
        let Self { function, storage, .. } = *self;
        let summed = self.is_summed();
        let shell = if summed { ONE_COLUMN } else { Shell::Elementwise };
        let mut layout = Layout::separate(&function.written());
        let arguments = match self.origin {
            Origin::Values => Arguments::Uniform,
            Origin::Drawn => Arguments::Drawn,
            Origin::Learned(channels) => Arguments::Learned(channels.grain(0, storage.per_word(width))),
        };
        let accumulate = self.accumulate && !summed;
        let program = Program { function, arguments, shell, storage, width, layout, accumulate };
        for operand in program.learned_operands() {
            layout.push_operand(operand, Access::Read);
        }
        Program { layout, ..program }
    }

    /// What adds partial sums.
    fn second_level(&self) -> Option<Program> {
        let identity = Self::new(Kind::Identity, Direction::Forward, Storage::F32).program(Width::Narrow);
        let sum = Program { shell: ONE_COLUMN, accumulate: self.accumulate, ..identity };
        self.is_summed().then_some(sum)
    }

    fn is_summed(&self) -> bool {
        matches!(self.function, Function::Activation(_, Direction::ParameterGradient(_)))
    }
}

/// The sums of one channel.
const ONE_COLUMN: Shell = Shell::Sum(Matrix { runs: false, total: true });

impl From<(Kind, Direction, Storage)> for WarmUp {
    fn from((kind, direction, storage): (Kind, Direction, Storage)) -> Self {
        Self::new(kind, direction, storage)
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Activation, Gate, Gpu, Kernels, Pair, Parameters, Span};

    fn span(buffer: &wgpu::Buffer) -> Span<'_> {
        Span::new(buffer, 4, 63)
    }

    /// Of each kind of kernel, one that is bound at an offset that needs narrow words.
    #[test]
    fn what_was_warmed_up_is_bound_without_compiling() {
        let gpu = Gpu::new_blocking().unwrap();
        let kernels = Kernels::new(gpu.device());
        let (f32, channels) = (Storage::F32, Channels::new(3, 7));
        kernels
            .warm_up(&[
                WarmUp::from((Kind::Relu, Direction::Backward, f32)),
                WarmUp::new(Kind::Relu, Direction::Backward, f32).accumulating(),
                WarmUp::new(Kind::Prelu, Direction::Forward, f32).learned(channels),
                WarmUp::new(Kind::Swish, Direction::ParameterGradient(0), f32)
                    .learned(Channels::ONE)
                    .accumulating(),
                WarmUp::new(Kind::Rrelu, Direction::Forward, f32).drawn(),
                WarmUp::gated_forward(Kind::Silu, f32),
                WarmUp::gated_backward(Kind::Silu, f32).accumulating(),
            ])
            .unwrap();
        let compiled = kernels.compiled();

        let buffers = [(); 6].map(|()| gpu.upload(&[1.0; 64]).unwrap());
        let [a, b, c, d, e, weights] = buffers.each_ref().map(|buffer| buffer.buffer());
        let by_channel = [Span::new(weights, 0, 3)];
        let one = [Span::new(weights, 0, 1)];
        let relu = kernels.backward(Kind::Relu, f32).unwrap();
        relu.bind(Activation::RELU, [span(a), span(b)], span(c)).unwrap();
        relu.bind_accumulate(Activation::RELU, [span(a), span(b)], span(c)).unwrap();
        let prelu = Parameters::learned(Activation::prelu(0.25).unwrap(), &by_channel, channels);
        let kernel = kernels.forward(Kind::Prelu, f32).unwrap();
        kernel.bind(prelu, [span(a)], span(b)).unwrap();
        let swish = Parameters::learned(Activation::swish(1.0).unwrap(), &one, Channels::ONE);
        let kernel = kernels.parameter_gradient(Kind::Swish, 0, f32).unwrap();
        kernel.bind_accumulate(swish, [span(a), span(b)], Span::new(c, 0, 1)).unwrap();
        let kernel = kernels.forward(Kind::Rrelu, f32).unwrap();
        let rrelu = Activation::rrelu(0.1, 0.3).unwrap();
        kernel.bind(Parameters::drawn(rrelu, 1), [span(a)], span(b)).unwrap();
        let silu = Gate::from(Activation::SILU);
        let kernel = kernels.gated_forward(Kind::Silu, f32).unwrap();
        kernel.bind(silu, Pair::separate(span(a), span(b)), span(c)).unwrap();
        let kernel = kernels.gated_backward(Kind::Silu, f32).unwrap();
        let gradients = Pair::separate(span(d), span(e));
        kernel.bind_accumulate(silu, Pair::separate(span(a), span(b)), span(c), gradients).unwrap();
        assert_eq!(kernels.compiled(), compiled);
    }
}
