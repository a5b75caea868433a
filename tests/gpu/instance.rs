//! An instance of one's own: every version of wgpu makes it in its own way.

use wgpu_activations::wgpu;

pub(crate) fn adapters_of_another_instance(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    pollster::block_on(wgpu::Instance::new(descriptor).enumerate_adapters(wgpu::Backends::all()))
}
