//! wgpu-activations: one kernel, recorded as often as it is repeated.

use anyhow::Result;
use measure::{BufferCopy, Device, FORMULA_CHANNELS, Work};
use wgpu_activations::{
    Axis, Channels, Formula, GpuBuffer, Operand, Softmax, SoftmaxKind, Step, Storage, wgpu,
};

use crate::contender::Contender;
use crate::task::{Inputs, Task};

/// A task, ready to be recorded.
pub(crate) struct Ours<'a> {
    device: &'a Device,
    step: Step,
    x: GpuBuffer<f32>,
    y: GpuBuffer<f32>,
}

impl<'a> Ours<'a> {
    pub(crate) fn new(device: &'a Device, task: Task, inputs: &Inputs) -> Result<Self> {
        let gpu = &device.gpu;
        let (x, y) = (gpu.upload(&inputs.x)?, gpu.upload(&vec![0.0; inputs.x.len()])?);
        let step = match task {
            Task::Gated(function) => {
                let formula: Formula = function.formula().parse()?;
                let (bias, gate) = (gpu.upload(&inputs.bias)?, gpu.upload(&inputs.gate)?);
                let bias = Operand::channels(bias.span(), Channels::new(FORMULA_CHANNELS, 1));
                let operands =
                    [("x", x.span().into()), ("b", bias), ("g", gate.span().into()), ("y", y.span().into())];
                gpu.kernels().formula(&formula, Storage::F32)?.bind(&operands)?
            }
            Task::Softmax([_, size, inner]) => {
                let softmax = Softmax::new(Axis::new(size, inner));
                gpu.kernels().softmax(SoftmaxKind::Softmax, Storage::F32)?.bind(
                    softmax,
                    [x.span()],
                    y.span(),
                )?
            }
        };
        Ok(Self { device, step, x, y })
    }

    /// The driver's copy of one operand, to a buffer that nothing else uses.
    pub(crate) fn copy(&self) -> Result<Copy<'_>> {
        let to = self.device.gpu.upload(&vec![0.0; self.x.len() as usize])?;
        Ok(Copy { ours: self, to })
    }

    fn time(&self, work: &dyn Work, repeats: u32) -> Result<f64> {
        self.device.clock.call_and_wait(&Repeated { work, repeats })
    }
}

impl Contender for Ours<'_> {
    fn time(&self, repeats: u32) -> Result<f64> {
        self.time(&self.step, repeats)
    }

    fn result(&self) -> Result<Vec<f32>> {
        self.time(&self.step, 1)?;
        Ok(self.device.gpu.read_blocking(&self.y)?)
    }
}

/// `copy_buffer_to_buffer`.
pub(crate) struct Copy<'a> {
    ours: &'a Ours<'a>,
    to: GpuBuffer<f32>,
}

impl Contender for Copy<'_> {
    fn time(&self, repeats: u32) -> Result<f64> {
        let (from, to) = (self.ours.x.buffer(), self.to.buffer());
        self.ours.time(&BufferCopy { from, to, bytes: from.size().min(to.size()) }, repeats)
    }

    fn result(&self) -> Result<Vec<f32>> {
        self.time(1)?;
        Ok(self.ours.device.gpu.read_blocking(&self.to)?)
    }
}

/// The clock records work once.
struct Repeated<'a> {
    work: &'a dyn Work,
    repeats: u32,
}

impl Work for Repeated<'_> {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32) {
        self.work.record(encoder, times * self.repeats);
    }
}
