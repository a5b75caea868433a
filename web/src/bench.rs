//! Timings: an activation forward and backward against the copy kernel and against the CPU, by the wall clock. The browser's
//! clock is coarse, so each measurement repeats its work; all take turns, so that what slows the machine slows them alike.

use serde::Serialize;
use wgpu_activations::cpu::Cpu;
use wgpu_activations::{Activation, Error, Gpu, Step, Storage, wgpu};

use crate::time;

/// How long one measurement should take, in milliseconds: a thousand times what browsers round to.
const ENOUGH: f64 = 100.0;
const ROUNDS: usize = 5;
/// The most dispatches in one measurement: a slow clock must not queue work for minutes.
const MOST: u32 = 4096;

/// What is measured.
#[derive(Clone, Copy)]
enum Work {
    Copy,
    Forward,
    Backward,
    CpuForward,
    CpuBackward,
}

const WORK: [Work; 5] = [Work::Copy, Work::Forward, Work::Backward, Work::CpuForward, Work::CpuBackward];

/// One activation, ready to be measured.
pub(crate) struct Bench {
    gpu: Gpu,
    activation: Activation,
    /// x, and dy.
    inputs: Vec<f32>,
    out: Vec<f32>,
    /// identity, forward: the same loads and stores, and nothing between.
    copy: Step,
    forward: Step,
    backward: Step,
}

/// Nanoseconds per element, the best of the rounds.
#[derive(Serialize)]
pub(crate) struct Timings {
    activation: String,
    elements: usize,
    copy_ns: f64,
    forward_ns: f64,
    backward_ns: f64,
    /// In wasm: one thread, and no vectors.
    cpu_forward_ns: f64,
    cpu_backward_ns: f64,
}

impl Bench {
    pub(crate) fn new(gpu: &Gpu, activation: Activation, elements: u32) -> Result<Self, Error> {
        let inputs: Vec<f32> = (0..elements).map(input).collect();
        let (x, dy) = (gpu.upload(&inputs)?, gpu.upload(&inputs)?);
        let zeros = vec![0.0; inputs.len()];
        let out = gpu.upload(&zeros)?;
        let kernels = gpu.kernels();
        let step = |activation: Activation| {
            kernels.forward(activation.kind(), Storage::F32)?.bind(activation, [x.span()], out.span())
        };
        let backward = kernels.backward(activation.kind(), Storage::F32)?;
        Ok(Self {
            gpu: gpu.clone(),
            activation,
            inputs,
            out: zeros,
            copy: step(Activation::IDENTITY)?,
            forward: step(activation)?,
            backward: backward.bind(activation, [x.span(), dy.span()], out.span())?,
        })
    }

    pub(crate) async fn run(mut self) -> Result<Timings, Error> {
        let mut times = [1; 5];
        for (work, times) in WORK.into_iter().zip(&mut times) {
            *times = self.enough(work).await?;
        }
        let mut best = [f64::INFINITY; 5];
        for _ in 0..ROUNDS {
            for ((work, times), best) in WORK.into_iter().zip(times).zip(&mut best) {
                *best = best.min(self.measure(work, times).await? / f64::from(times));
            }
        }
        let elements = self.inputs.len();
        let per_element = |milliseconds: f64| milliseconds * 1e6 / elements as f64;
        let [copy_ns, forward_ns, backward_ns, cpu_forward_ns, cpu_backward_ns] = best.map(per_element);
        let activation = self.activation.to_string();
        Ok(Timings {
            activation,
            elements,
            copy_ns,
            forward_ns,
            backward_ns,
            cpu_forward_ns,
            cpu_backward_ns,
        })
    }

    /// How many repetitions take long enough. Warms up on the way.
    async fn enough(&mut self, work: Work) -> Result<u32, Error> {
        let mut times = 1;
        while times < MOST && self.measure(work, times).await? < ENOUGH {
            times *= 2;
        }
        Ok(times)
    }

    /// Milliseconds for so many repetitions.
    async fn measure(&mut self, work: Work, times: u32) -> Result<f64, Error> {
        let cpu = Cpu::new();
        let begin = time::milliseconds();
        match work {
            Work::Copy => self.dispatch(&self.copy, times).await,
            Work::Forward => self.dispatch(&self.forward, times).await,
            Work::Backward => self.dispatch(&self.backward, times).await,
            Work::CpuForward => {
                for _ in 0..times {
                    cpu.forward(self.activation, &self.inputs, &mut self.out)?;
                }
            }
            Work::CpuBackward => {
                for _ in 0..times {
                    cpu.backward(self.activation, &self.inputs, &self.inputs, &mut self.out)?;
                }
            }
        }
        Ok(time::milliseconds() - begin)
    }

    /// Records, submits and waits until the GPU is done.
    async fn dispatch(&self, step: &Step, times: u32) {
        let mut encoder =
            self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for _ in 0..times {
                step.record(&mut pass);
            }
        }
        self.gpu.queue().submit([encoder.finish()]);
        time::done(self.gpu.queue()).await;
    }
}

/// Spread over [-4, 4], where activations do their work.
fn input(index: u32) -> f32 {
    (index % 8191) as f32 * (8.0 / 8190.0) - 4.0
}
