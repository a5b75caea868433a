//! Measures an adapter's arithmetic.

use super::gpu::{Gpu, GpuBuffer};
use super::wgpu;
use crate::error::Error;
use crate::verify::probe::{Probe, RESULTS, operands};

/// Measures the adapter of this device.
///
/// # Errors
/// Those of [`Gpu::upload`] and [`Gpu::read`], and [`Error::Refused`] if wgpu does not accept the probe.
pub(super) async fn measure(gpu: &Gpu) -> Result<Probe, Error> {
    let operands = operands();
    let flat: Vec<f32> = operands.iter().flatten().copied().collect();
    let results = run(gpu, &gpu.upload(&flat)?, operands.len()).await?;
    Ok(Probe::judge(&operands, &results))
}

/// Runs the probe over `count` sets of operands.
async fn run(gpu: &Gpu, operands: &GpuBuffer, count: usize) -> Result<Vec<f32>, Error> {
    const WORKGROUP: u32 = 64;
    let device = gpu.device();
    let results = gpu.upload(&vec![0.0; count * RESULTS])?;
    let (pipeline, bind_group) = gpu.kernels().shared.watched("the probe", || {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("wgpu-activations probe"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/shells/probe.wgsl").into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("wgpu-activations probe"),
            layout: None,
            module: &module,
            entry_point: None,
            compilation_options: Default::default(),
            cache: None,
        });
        let entry = |(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: GpuBuffer::buffer(buffer).as_entire_binding(),
        };
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("wgpu-activations probe"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[(0, operands), (1, &results)].map(entry),
        });
        (pipeline, bind_group)
    })?;
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.dispatch_workgroups((count as u32).div_ceil(WORKGROUP), 1, 1);
    }
    gpu.queue().submit([encoder.finish()]);
    gpu.read(&results).await
}
