//! Training by Adam on batches drawn from a data set that lies on the GPU. A step is the same commands every time: it is
//! prepared once, and recorded as often as it is taken.

use anyhow::Result;
use wgpu_activations::wgpu;

use super::gpu::{Gpu, Work};
use super::network::{Batch, Network};
use super::product::{BLOCK, padded};

/// Inputs and targets, row by row, on the GPU. Rows and columns are filled up with zeros to whole tiles.
pub(crate) struct Dataset {
    pub(crate) rows: usize,
    pub(crate) inputs: wgpu::Buffer,
    pub(crate) targets: wgpu::Buffer,
}

impl Dataset {
    pub(crate) fn new<const I: usize, const T: usize>(
        gpu: &Gpu,
        inputs: &[[f32; I]],
        targets: &[[f32; T]],
    ) -> Self {
        Self {
            rows: inputs.len(),
            inputs: gpu.buffer("inputs", &in_tiles(inputs)),
            targets: gpu.buffer("targets", &in_tiles(targets)),
        }
    }
}

fn in_tiles<const COLUMNS: usize>(rows: &[[f32; COLUMNS]]) -> Vec<f32> {
    let mut values = vec![0.0; padded(rows.len()) * padded(COLUMNS)];
    for (place, row) in values.chunks_mut(padded(COLUMNS)).zip(rows) {
        place[..COLUMNS].copy_from_slice(row);
    }
    values
}

pub(crate) struct Schedule {
    pub(crate) steps: usize,
    pub(crate) batch: usize,
    /// Of the first step. It falls in a straight line to 0 after the last one.
    pub(crate) learning_rate: f32,
}

pub(crate) struct Trainer {
    pub(crate) batch: Batch,
    begin_step: Work,
    gather: Work,
    update: Work,
}

impl Trainer {
    pub(crate) fn new(network: &Network, data: &Dataset, schedule: &Schedule) -> Result<Self> {
        let gpu = &network.gpu;
        let inputs = gpu.zeros("inputs", padded(schedule.batch) * padded(network.inputs()));
        let targets = gpu.zeros("targets", padded(schedule.batch) * padded(network.outputs()));
        let batch = Batch::new(network, schedule.batch, inputs, targets)?;

        let state = gpu.zeros("state", 2);
        let weights = (network.weights.size() / 4) as usize;
        let (means, squares) = (gpu.zeros("means", weights), gpu.zeros("squares", weights));
        let uniform = [schedule.learning_rate.to_bits(), schedule.steps as u32, weights as u32, 0];
        let uniform = gpu.uniform("schedule", &uniform);
        let [inputs, targets] = [network.inputs(), network.outputs()].map(|size| padded(size) / BLOCK);
        let shape = [batch.rows, data.rows, inputs, targets].map(|size| size as u32);
        let shape = gpu.uniform("shape", &shape);

        let module =
            |name, source: &str| gpu.module(name, &(include_str!("shaders/state.wgsl").to_owned() + source));
        let adam = module("adam", include_str!("shaders/adam.wgsl"));
        let gather = gpu.compute(&module("gather", include_str!("shaders/gather.wgsl")), "gather");
        let all = wgpu::Buffer::as_entire_binding;
        Ok(Self {
            begin_step: gpu.work(&gpu.compute(&adam, "begin_step"), &[&uniform, &state].map(all), 1),
            gather: gpu.work(
                &gather,
                &[&shape, &state, &data.inputs, &data.targets, &batch.inputs, &batch.targets].map(all),
                batch.rows,
            ),
            update: gpu.work(
                &gpu.compute(&adam, "update"),
                &[&uniform, &state, &network.gradients, &network.weights, &means, &squares].map(all),
                weights,
            ),
            batch,
        })
    }

    /// One step: a batch, forward, backward, and the weights' update.
    pub(crate) fn record_step(&self, pass: &mut wgpu::ComputePass<'_>) {
        self.begin_step.record(pass);
        self.gather.record(pass);
        self.batch.record_forward(pass);
        self.batch.record_backward(pass);
        self.update.record(pass);
    }
}
