//! Timings: an activation forward and backward against the copy kernel, by the wall clock. The browser's clock is coarse, so many
//! dispatches go into each measurement; the three take turns, so that what slows the machine slows them alike.

use serde::Serialize;
use wgpu_activations::{Activation, Error, Gpu, Step, Storage, wgpu};

use crate::time;

/// How long one measurement should take, in milliseconds: a thousand times what browsers round to.
const ENOUGH: f64 = 100.0;
const ROUNDS: usize = 5;
/// The most dispatches in one measurement: a slow clock must not queue work for minutes.
const MOST: u32 = 4096;

/// Steps over buffers of their own.
pub(crate) struct Bench {
    gpu: Gpu,
    activation: Activation,
    elements: u32,
    /// identity, forward: the same loads and stores, and nothing between.
    copy: Step,
    forward: Step,
    backward: Step,
}

/// Nanoseconds per element, the best of the rounds.
#[derive(Serialize)]
pub(crate) struct Timings {
    activation: String,
    elements: u32,
    copy_ns: f64,
    forward_ns: f64,
    backward_ns: f64,
}

impl Bench {
    pub(crate) fn new(gpu: &Gpu, activation: Activation, elements: u32) -> Result<Self, Error> {
        let x: Vec<f32> = (0..elements).map(input).collect();
        let (x, dy) = (gpu.upload(&x)?, gpu.upload(&x)?);
        let out = gpu.upload(&vec![0.0; elements as usize])?;
        let kernels = gpu.kernels();
        let step = |activation: Activation| {
            kernels.forward(activation.kind(), Storage::F32)?.bind(activation, [x.span()], out.span())
        };
        let backward = kernels.backward(activation.kind(), Storage::F32)?;
        Ok(Self {
            gpu: gpu.clone(),
            activation,
            elements,
            copy: step(Activation::IDENTITY)?,
            forward: step(activation)?,
            backward: backward.bind(activation, [x.span(), dy.span()], out.span())?,
        })
    }

    pub(crate) async fn run(&self) -> Result<Timings, Error> {
        let steps = [&self.copy, &self.forward, &self.backward];
        let mut times = [1; 3];
        for (times, step) in times.iter_mut().zip(steps) {
            *times = self.enough(step).await;
        }
        let mut best = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            for ((best, step), times) in best.iter_mut().zip(steps).zip(times) {
                *best = best.min(self.measure(step, times).await / f64::from(times));
            }
        }
        let [copy_ns, forward_ns, backward_ns] = best.map(|each| each * 1e6 / f64::from(self.elements));
        let activation = self.activation.to_string();
        Ok(Timings { activation, elements: self.elements, copy_ns, forward_ns, backward_ns })
    }

    /// How many dispatches take long enough. Warms up on the way.
    async fn enough(&self, step: &Step) -> u32 {
        let mut times = 1;
        while times < MOST && self.measure(step, times).await < ENOUGH {
            times *= 2;
        }
        times
    }

    /// Milliseconds from submitting so many dispatches until they are done.
    async fn measure(&self, step: &Step, times: u32) -> f64 {
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for _ in 0..times {
                step.record(&mut pass);
            }
        }
        let commands = encoder.finish();
        let begin = time::milliseconds();
        self.gpu.queue().submit([commands]);
        time::done(self.gpu.queue()).await;
        time::milliseconds() - begin
    }
}

/// Spread over [-4, 4], where activations do their work.
fn input(index: u32) -> f32 {
    (index % 8191) as f32 * (8.0 / 8190.0) - 4.0
}
