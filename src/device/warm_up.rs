//! The programs that a kernel takes, before anything is bound.

use crate::operand::Origin;
use crate::operation::{Direction, Operation, Port};
use crate::shader::{Access, Layout, Matrix, Program, Shell, Spec};
use crate::storage::{Storage, Width};
use crate::table::Kind;

impl Spec {
    /// What the kernel is made with, and ranges of any alignment need.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let first = Self::of(self.operation, self.storage).program(Width::Wide);
        let widths = self.storage.widths().iter().map(|width| self.program(*width));
        std::iter::once(first).chain(widths).chain(self.second_level_program()).collect()
    }

    /// What ranges of this alignment in buffers of their own need.
    pub(crate) fn program(&self, width: Width) -> Program {
        let signature = self.operation.signature();
        let operands = |ports: &[Port]| -> usize { ports.iter().map(|port| port.variables().len()).sum() };
        let (inputs, outputs) = (operands(&signature.inputs), operands(&signature.outputs));
        let written: Vec<bool> = (0..inputs + outputs).map(|operand| operand >= inputs).collect();
        let mut layout = Layout::separate(&written);
        if let Origin::Learned(_) = self.origin {
            for index in 0..signature.arguments.learnable().len() {
                layout.push_operand(written.len() + index, Access::Read);
            }
        }
        let summed = self.operation.direction.is_summed();
        let shell = if summed { ONE_COLUMN } else { Shell::Elementwise };
        let spec = Self { accumulate: self.accumulate && !summed, ..*self };
        Program::new(&spec, shell, width, 0, layout)
    }

    /// What adds partial sums: they are numbers like any others.
    pub(crate) fn second_level(&self) -> Self {
        let sum = Self::of(Operation::new(Kind::Identity, Direction::Forward), Storage::F32);
        Self { accumulate: self.accumulate, ..sum }
    }

    fn second_level_program(&self) -> Option<Program> {
        let sum = Program { shell: ONE_COLUMN, ..self.second_level().program(Width::Narrow) };
        self.operation.direction.is_summed().then_some(sum)
    }
}

/// The sums of one channel.
const ONE_COLUMN: Shell = Shell::Sum(Matrix { runs: false, total: true });

#[cfg(all(test, feature = "gpu"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::{
        Activation, Channels, Direction, Gate, Gpu, Kernels, Kind, Pair, Parameters, Span, Spec, Storage,
    };

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
                Spec::from((Kind::Relu, Direction::Backward, f32)),
                Spec::new(Kind::Relu, Direction::Backward, f32).accumulating(),
                Spec::new(Kind::Prelu, Direction::Forward, f32).learned(channels),
                Spec::new(Kind::Swish, Direction::ParameterGradient(0), f32)
                    .learned(Channels::ONE)
                    .accumulating(),
                Spec::new(Kind::Rrelu, Direction::Forward, f32).drawn(),
                Spec::gated(Kind::Silu, Direction::Forward, f32),
                Spec::gated(Kind::Silu, Direction::Backward, f32).accumulating(),
            ])
            .unwrap();
        let compiled = kernels.shared.compiled();

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
        kernel.bind_accumulate(silu, (Pair::separate(span(a), span(b)), span(c)), gradients).unwrap();
        assert_eq!(kernels.shared.compiled(), compiled);
    }
}
