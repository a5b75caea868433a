//! As wgpu 29 and later have it.

use super::wgpu;

/// An instance with these backends, and the environment's say on all else.
#[cfg(feature = "gpu")]
pub(crate) fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle().with_env();
    descriptor.backends = backends;
    wgpu::Instance::new(descriptor)
}

/// The adapter that a device is of.
pub(crate) fn adapter_info(device: &wgpu::Device) -> wgpu::AdapterInfo {
    device.adapter_info()
}
