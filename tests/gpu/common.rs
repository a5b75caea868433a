//! What the tests of the host layer share: a device with limits of its own, and a submission.

#![allow(dead_code, reason = "not every test uses all of it")]

use wgpu_activations::{Gpu, Options, Step, request_adapter, wgpu};

/// A device on the adapter that the environment names, with the limits that `choose` makes of the adapter's.
pub(crate) fn device_with(choose: impl FnOnce(&wgpu::Limits) -> wgpu::Limits) -> Gpu {
    pollster::block_on(async {
        let adapter = request_adapter(&Options::from_env()).await.expect("these tests need an adapter");
        let required_limits = choose(&adapter.limits());
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.expect("these tests need a device");
        Gpu::from_parts(device, queue)
    })
}

/// Records the steps into one pass, in this order, and submits it.
pub(crate) fn submit(gpu: &Gpu, steps: &[&Step]) {
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    steps.iter().for_each(|step| step.record(&mut pass));
    drop(pass);
    gpu.queue().submit([encoder.finish()]);
}
