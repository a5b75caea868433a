//! As wgpu 27 and 28 have it.

use super::wgpu;

/// An instance with these backends, and the environment's say on all else.
#[cfg(feature = "gpu")]
pub(crate) fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    let descriptor = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::from_env_or_default() };
    wgpu::Instance::new(&descriptor)
}
