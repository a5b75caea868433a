use std::error::Error;

use cubecl_runtime::client::Client;
use cubecl_runtime::server::Handle;
use cubecl_wgpu::{AutoCompiler, WgpuServer};
use wgpu_activations::{Activation, Kernels, Span, Step, Storage, wgpu};

/// In place over a tensor's `elements`, which are contiguous. Keep the handle as long as the step: cubecl gives memory away that has none.
pub fn bind(
    client: &Client,
    tensor: &Handle,
    elements: u64,
    kernels: &Kernels,
) -> Result<Step, Box<dyn Error>> {
    let tensor = client.get_resource::<WgpuServer<AutoCompiler>>(tensor.clone())?;
    let span = Span::new(&tensor.resource().buffer, tensor.resource().offset, elements);
    Ok(kernels.forward(Activation::MISH.kind(), Storage::F32)?.bind(Activation::MISH, [span], span)?)
}

/// After what cubecl has recorded so far, on the queue that both share.
pub fn submit(
    step: &Step,
    client: &Client,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> Result<(), Box<dyn Error>> {
    client.flush()?;
    let mut encoder = device.create_command_encoder(&Default::default());
    step.record(&mut encoder.begin_compute_pass(&Default::default()));
    queue.submit([encoder.finish()]);
    Ok(())
}
