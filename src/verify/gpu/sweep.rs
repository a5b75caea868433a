//! An adapter's results for all bit patterns, chunk by chunk.

use std::future::Future;
use std::ops::Deref;

use super::gpu::{Gpu, GpuBuffer};
use super::wgpu;
use crate::error::Error;
use crate::storage::Storage;
use crate::verify::case::Case;
use crate::verify::subject::{CHUNK, Sweep};
use crate::verify::sweep::{Uniform, WORDS, WORKGROUP, source};

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
        let uniform = Uniform::of(case);
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
        let mut uniform = self.uniform;
        uniform.first = first;
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
