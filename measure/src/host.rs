//! What the library costs on the host: recording and preparing a step, each against the bare wgpu calls that it stands for.

use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use wgpu_activations::plan::UNIFORM;
use wgpu_activations::{Activation, Elements, Gpu, Kernel, Span, Step, Storage, VariableStep, wgpu};

use crate::clock::median;
use crate::device::Device;

/// Host costs.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    /// Recording a prepared step, as a multiple of its bare `set_pipeline`, `set_bind_group` and `dispatch_workgroups`.
    pub recording_ratio: f64,
    /// That step, in microseconds.
    pub recording_us: f64,
    /// How many microseconds more than its bare bind group and uniform preparing a step takes.
    pub prepare_us: f64,
    /// Preparing in all.
    pub prepare_total_us: f64,
    /// The bare bind group and uniform.
    pub prepare_bare_us: f64,
    /// The time to record a step over a single word, submit it alone and wait for it.
    pub lone_submit_wait_us: f64,
}

/// A step over few elements, and the same in bare wgpu calls.
#[derive(Debug)]
pub struct Recording {
    step: Step,
}

/// What a step is prepared from, and the same in bare wgpu calls.
#[derive(Debug)]
pub struct Preparing {
    device: wgpu::Device,
    kernel: Kernel<Elements<1>>,
    activation: Activation,
    buffers: [wgpu::Buffer; 2],
    layout: wgpu::BindGroupLayout,
}

/// Elements of the step.
pub const ELEMENTS: u64 = 1024;
const ROUNDS: usize = 41;
const RECORDS: u32 = 2000;
const PREPARES: usize = 200;

impl Recording {
    /// A step to record.
    pub fn new(gpu: &Gpu) -> Result<Self> {
        Ok(Self { step: Preparing::new(gpu)?.prepare()? })
    }

    /// Records the step.
    pub fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        self.step.record(pass);
    }

    /// The bare calls, on the same objects.
    pub fn record_bare(&self, pass: &mut wgpu::ComputePass<'_>) {
        for dispatch in self.step.dispatches() {
            let [x, y, z] = dispatch.workgroups;
            pass.set_pipeline(&dispatch.pipeline);
            pass.set_bind_group(0, &dispatch.bind_group, &[]);
            pass.dispatch_workgroups(x, y, z);
        }
    }
}

impl Preparing {
    /// Compiles the kernel and makes the buffers.
    pub fn new(gpu: &Gpu) -> Result<Self> {
        let activation = Activation::leaky_relu(0.2)?;
        let kernel = gpu.kernels().forward(activation.kind(), Storage::F32)?;
        let buffer = || {
            gpu.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some("operand"),
                size: ELEMENTS * Storage::F32.bytes(),
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        };
        let buffers = [buffer(), buffer()];
        let step = kernel.bind(activation, [Span::all(&buffers[0])], Span::all(&buffers[1]))?;
        let dispatch = step.dispatches().first().context("a step without a dispatch")?;
        let layout = dispatch.pipeline.get_bind_group_layout(0);
        Ok(Self { device: gpu.device().clone(), kernel, activation, buffers, layout })
    }

    /// Prepares the step.
    pub fn prepare(&self) -> Result<Step> {
        let [x, y] = &self.buffers;
        Ok(self.kernel.bind(self.activation, [Span::all(x)], Span::all(y))?)
    }

    /// Binds it again, over the first of its elements.
    pub fn rebind(&self, step: &mut Step, elements: u64) -> Result<()> {
        let [x, y] = self.buffers.each_ref().map(|buffer| Span::new(buffer, 0, elements));
        Ok(self.kernel.rebind(step, self.activation, [x], y)?)
    }

    /// The same with a length that is a value.
    pub fn variable(&self) -> Result<VariableStep> {
        let [x, y] = self.buffers.each_ref().map(Span::all);
        Ok(self.kernel.bind_variable(self.activation, [x], y)?)
    }

    /// The bare bind group and its uniform, made as the library makes it: mapped, which is the cheapest way.
    pub fn prepare_bare(&self) -> Result<wgpu::BindGroup> {
        let uniform = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("uniform"),
            size: UNIFORM_BYTES as u64,
            usage: wgpu::BufferUsages::UNIFORM,
            mapped_at_creation: true,
        });
        uniform.get_mapped_range_mut(..)?.copy_from_slice(&[0; UNIFORM_BYTES]);
        uniform.unmap();
        let [x, y] = &self.buffers;
        let entries = [(0, &uniform), (1, x), (2, y)]
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
        Ok(self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("bare"),
            layout: &self.layout,
            entries: &entries,
        }))
    }
}

/// The size of a step's uniform.
const UNIFORM_BYTES: usize = {
    let last = UNIFORM[UNIFORM.len() - 1];
    last.offset + last.bytes
};

impl Host {
    /// Measures them.
    pub fn measure(device: &Device) -> Result<Self> {
        let gpu = &device.gpu;
        let recording = Recording::new(gpu)?;
        let record = |how: fn(&Recording, &mut wgpu::ComputePass<'_>)| {
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let begin = Instant::now();
            for _ in 0..RECORDS {
                how(&recording, &mut pass);
            }
            Ok(begin.elapsed().as_secs_f64() * 1e6 / f64::from(RECORDS))
        };
        let recorded = compare(|| record(Recording::record), || record(Recording::record_bare))?;

        let preparing = Preparing::new(gpu)?;
        let prepared = compare(
            || prepare(device, || preparing.prepare()),
            || prepare(device, || preparing.prepare_bare()),
        )?;
        Ok(Self {
            recording_ratio: recorded.ratio,
            recording_us: recorded.first,
            prepare_us: prepared.difference,
            prepare_total_us: prepared.first,
            prepare_bare_us: prepared.second,
            lone_submit_wait_us: lone_submit_wait(device, &recording)?,
        })
    }
}

/// Microseconds to make one of many; what they held is given back outside of the time.
fn prepare<T>(device: &Device, make: impl Fn() -> Result<T>) -> Result<f64> {
    let mut made = Vec::with_capacity(PREPARES);
    let begin = Instant::now();
    for _ in 0..PREPARES {
        made.push(make()?);
    }
    let elapsed = begin.elapsed().as_secs_f64() * 1e6 / PREPARES as f64;
    drop(made);
    device.clock.finish()?;
    Ok(elapsed)
}

fn lone_submit_wait(device: &Device, recording: &Recording) -> Result<f64> {
    let samples = (0..ROUNDS).map(|_| device.clock.call_and_wait(&recording.step));
    let samples = samples.collect::<Result<Vec<f64>>>()?;
    Ok(median(&samples) / 1e3)
}

/// Two ways to do the same: medians of each, of their ratios and of their differences, round by round.
struct Comparison {
    first: f64,
    second: f64,
    ratio: f64,
    difference: f64,
}

fn compare(
    mut first: impl FnMut() -> Result<f64>,
    mut second: impl FnMut() -> Result<f64>,
) -> Result<Comparison> {
    // Both once, to warm up.
    first()?;
    second()?;
    let pairs = (0..ROUNDS).map(|_| Ok((first()?, second()?))).collect::<Result<Vec<(f64, f64)>>>()?;
    let of = |value: fn(&(f64, f64)) -> f64| median(&pairs.iter().map(value).collect::<Vec<f64>>());
    Ok(Comparison {
        first: of(|pair| pair.0),
        second: of(|pair| pair.1),
        ratio: of(|pair| pair.0 / pair.1),
        difference: of(|pair| pair.0 - pair.1),
    })
}
