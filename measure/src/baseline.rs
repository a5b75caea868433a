//! What kernels are measured against: copies by a hand-written kernel and by the driver.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;
use wgpu_activations::wgpu;

use crate::clock::{Clock, Work, median};

/// How a copy kernel divides its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// 16-byte words that an invocation takes.
    pub words: u32,
    /// Whether neighbouring invocations take neighbouring words; else each takes its words in a row.
    pub interleaved: bool,
}

impl Shape {
    /// All that are tried.
    pub fn all() -> impl Iterator<Item = Self> {
        let words = [1, 2, 4, 8, 16].into_iter();
        let orders = words.flat_map(|words| [true, false].map(|interleaved| (words, interleaved)));
        orders
            // One word has no order.
            .filter(|&(words, interleaved)| words > 1 || interleaved)
            .flat_map(|(words, interleaved)| {
                [64, 128, 256].map(|workgroup| Self { workgroup, words, interleaved })
            })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workgroup, words, interleaved } = self;
        let order = if *interleaved { "interleaved" } else { "in a row" };
        write!(f, "workgroups of {workgroup}, {words} words each")?;
        if *words > 1 { write!(f, " {order}") } else { Ok(()) }
    }
}

/// A shape of the copy kernel that was tried, and its median time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tried {
    /// The shape.
    #[serde(flatten)]
    pub shape: Shape,
    /// For all bytes.
    pub ns: f64,
}

/// A copy kernel bound to buffers.
#[derive(Debug)]
pub struct CopyKernel {
    /// How it divides its work.
    pub shape: Shape,
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: (u32, u32),
}

impl CopyKernel {
    /// Moves the first `bytes` bytes, in whole words: the sum of the inputs to each output.
    pub fn new(
        device: &wgpu::Device,
        shape: Shape,
        inputs: &[&wgpu::Buffer],
        outputs: &[&wgpu::Buffer],
        bytes: u64,
    ) -> Result<Self> {
        let pipeline = pipeline(device, shape, inputs.len(), outputs.len());
        let bytes = bytes.next_multiple_of(WORD);
        let entries = outputs.iter().chain(inputs).enumerate();
        let entries = entries.map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: 0,
                size: std::num::NonZeroU64::new(bytes),
            }),
        });
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("copy kernel"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries.collect::<Vec<_>>(),
        });
        let words = u32::try_from(bytes / WORD).context("too many words for a copy kernel")?;
        let groups = words.div_ceil(shape.workgroup * shape.words);
        let height = groups.div_ceil(device.limits().max_compute_workgroups_per_dimension);
        Ok(Self { shape, pipeline, bind_group, workgroups: (groups.div_ceil(height.max(1)), height) })
    }

    /// The fastest of all shapes that the device allows, and how long each took.
    pub fn fastest(
        device: &wgpu::Device,
        clock: &Clock,
        inputs: &[&wgpu::Buffer],
        outputs: &[&wgpu::Buffer],
        bytes: u64,
        times: u32,
    ) -> Result<(Self, Vec<Tried>)> {
        let limits = device.limits();
        let most = limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x);
        let mut candidates = Shape::all()
            .filter(|shape| shape.workgroup <= most)
            .map(|shape| Self::new(device, shape, inputs, outputs, bytes))
            .collect::<Result<Vec<_>>>()?;
        // All once per round, so that a slow moment of the machine does not decide.
        let mut samples = vec![Vec::new(); candidates.len()];
        for round in 0..=ROUNDS {
            for (candidate, samples) in candidates.iter().zip(&mut samples) {
                let ns = clock.time(candidate, times)?;
                // The first is for warming up.
                if round > 0 {
                    samples.push(ns);
                }
            }
        }
        let tried: Vec<Tried> = candidates
            .iter()
            .zip(&samples)
            .map(|(candidate, samples)| Tried { shape: candidate.shape, ns: median(samples) })
            .collect();
        let fastest = (0..tried.len()).min_by(|&a, &b| tried[a].ns.total_cmp(&tried[b].ns));
        let fastest = fastest.context("the device allows none of the copy kernels")?;
        Ok((candidates.swap_remove(fastest), tried))
    }
}

/// Rounds of the search for the fastest copy kernel.
const ROUNDS: u32 = 5;

/// The bytes that a copy kernel moves at once.
const WORD: u64 = 16;

fn pipeline(device: &wgpu::Device, shape: Shape, inputs: usize, outputs: usize) -> wgpu::ComputePipeline {
    let Shape { workgroup, words, interleaved } = shape;
    let source = format!(
        "const WORKGROUP: u32 = {workgroup}u;\nconst WORDS: u32 = {words}u;\nconst INTERLEAVED = {interleaved};\n\n\
         {}\n{}",
        operands(inputs, outputs),
        include_str!("baseline.wgsl")
    );
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("copy kernel"),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("copy kernel"),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    })
}

/// The bindings, and what becomes of a word.
fn operands(inputs: usize, outputs: usize) -> String {
    let result =
        |at| format!("@group(0) @binding({at}) var<storage, read_write> result_{at}: array<vec4<f32>>;\n");
    let input = |at| {
        format!("@group(0) @binding({}) var<storage, read> input_{at}: array<vec4<f32>>;\n", outputs + at)
    };
    let bindings: String = (0..outputs).map(result).chain((0..inputs).map(input)).collect();
    let sum = (0..inputs).map(|at| format!("input_{at}[at]")).collect::<Vec<_>>().join(" + ");
    let stores: String = (0..outputs).map(|at| format!("    result_{at}[at] = moved;\n")).collect();
    format!("{bindings}\nfn move_word(at: u32) {{\n    let moved = {sum};\n{stores}}}\n")
}

impl Work for CopyKernel {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..times {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            pass.dispatch_workgroups(self.workgroups.0, self.workgroups.1, 1);
        }
    }
}

/// A copy by `copy_buffer_to_buffer`.
#[derive(Debug)]
pub struct BufferCopy<'a> {
    /// From the beginning of this buffer.
    pub from: &'a wgpu::Buffer,
    /// To the beginning of this one.
    pub to: &'a wgpu::Buffer,
    /// So many bytes, a multiple of 4.
    pub bytes: u64,
}

impl Work for BufferCopy<'_> {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32) {
        for _ in 0..times {
            encoder.copy_buffer_to_buffer(self.from, 0, self.to, 0, self.bytes);
        }
    }
}
