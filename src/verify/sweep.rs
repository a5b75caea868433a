//! An adapter's results for all bit patterns, chunk by chunk.

use std::future::Future;
use std::ops::Deref;

use bytemuck::{Pod, Zeroable};

use crate::error::Error;
use crate::gpu::{Gpu, GpuBuffer};
use crate::operation::{Operation, Signature};
use crate::shader;
use crate::storage::Storage;
use crate::table::row::MAX_ARGUMENTS;
use crate::verify::case::Case;
use crate::verify::subject::{CHUNK, Sweep};

const WORKGROUP: u32 = 64;
/// Words of four elements that one invocation makes.
const WORDS: u32 = 4;

/// The whole shader, with the entry point `main`, of the library's own files.
pub(crate) fn source(case: &Case) -> String {
    let Case { function, direction, .. } = case;
    let operation = Operation { what: function.what(), direction: *direction };
    let Signature { inputs, sources, function, arguments, .. } = operation.signature();
    let inputs = ["x", "sweep.dy"].map(str::to_owned).into_iter().take(inputs.len());
    let call = shader::call(&function, inputs, shader::arguments_in("sweep.arguments", arguments.count()));
    format!(
        "const WORKGROUP: u32 = {WORKGROUP}u;\nconst WORDS: u32 = {WORDS}u;\n\n{}\n\
         fn compute(x: f32) -> f32 {{\n    return {call};\n}}\n\n{}",
        shader::library_of(&sources),
        include_str!("../../shaders/shells/sweep.wgsl")
    )
}

/// The uniform: `shaders/shells/sweep.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniform {
    first: u32,
    dy: f32,
    padding: [u32; 2],
    arguments: [f32; MAX_ARGUMENTS],
}

/// One case on one adapter.
#[derive(Debug)]
pub struct GpuSweep<'a> {
    gpu: &'a Gpu,
    uniform: Uniform,
    uniform_buffer: wgpu::Buffer,
    results: GpuBuffer,
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
}

impl<'a> GpuSweep<'a> {
    pub(crate) fn new(gpu: &'a Gpu, case: &Case) -> Result<Self, Error> {
        let mut uniform = Uniform { dy: 1.0, ..Uniform::zeroed() };
        let arguments = case.function.arguments();
        uniform.arguments[..arguments.len()].copy_from_slice(&arguments);
        let results = gpu.upload(&vec![0.0; CHUNK])?;
        let text = gpu.kernels().shared.shaders.applied_to(source(case), Storage::F32);
        let device = gpu.device();
        let (uniform_buffer, pipeline, bind_group) = gpu.kernels().shared.watched("a sweep", || {
            let buffer = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("wgpu-activations sweep"),
                size: size_of::<Uniform>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some("wgpu-activations sweep"),
                source: wgpu::ShaderSource::Wgsl(text.into()),
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("wgpu-activations sweep"),
                layout: None,
                module: &module,
                entry_point: None,
                compilation_options: Default::default(),
                cache: None,
            });
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("wgpu-activations sweep"),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: results.buffer().as_entire_binding() },
                ],
            });
            (buffer, pipeline, bind_group)
        })?;
        Ok(Self { gpu, uniform, uniform_buffer, results, pipeline, bind_group })
    }
}

impl Sweep for GpuSweep<'_> {
    type Results = Mapped;

    fn start(&self, first: u32) -> Result<impl Future<Output = Result<Mapped, Error>>, Error> {
        // The queue keeps the order: what was started before is copied away before this is computed.
        let uniform = Uniform { first, ..self.uniform };
        let started = self.gpu.kernels().shared.watched("a sweep", || {
            self.gpu.queue().write_buffer(&self.uniform_buffer, 0, bytemuck::bytes_of(&uniform));
            let mut encoder = self.gpu.device().create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(&self.pipeline);
                pass.set_bind_group(0, &self.bind_group, &[]);
                pass.dispatch_workgroups(CHUNK as u32 / (4 * WORDS * WORKGROUP), 1, 1);
            }
            self.gpu.queue().submit([encoder.finish()]);
        });
        self.gpu.or_lost(started)?;
        let readback = self.gpu.begin_read(&self.results)?;
        Ok(async { self.gpu.mapped(readback).await.map(Mapped) })
    }
}

/// Results in memory that the driver shares with us: 2^32 of them are not copied once more.
#[derive(Debug)]
pub struct Mapped(wgpu::BufferView);

impl Deref for Mapped {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dy_is_passed_where_there_is_one() {
        let sources: Vec<String> = Case::all(crate::Activation::RELU).iter().map(source).collect();
        assert!(sources[0].contains("return act_relu(x);"), "{}", sources[0]);
        assert!(sources[1].contains("return act_relu_backward(x, sweep.dy);"), "{}", sources[1]);
    }
}
