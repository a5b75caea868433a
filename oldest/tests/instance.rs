//! An instance of one's own, as wgpu 27 makes it.

use wgpu_activations::wgpu;

pub(crate) fn adapters_of_another_instance(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let descriptor = wgpu::InstanceDescriptor { backends, ..Default::default() };
    wgpu::Instance::new(&descriptor).enumerate_adapters(wgpu::Backends::all())
}
