//! As wgpu 28 and later have it.

use super::wgpu;

/// An error scope: this thread's.
pub(crate) struct Scope(wgpu::ErrorScopeGuard);

impl Scope {
    pub(crate) fn push(device: &wgpu::Device, filter: wgpu::ErrorFilter) -> Self {
        Self(device.push_error_scope(filter))
    }

    pub(crate) fn pop(self) -> impl Future<Output = Option<wgpu::Error>> + 'static {
        self.0.pop()
    }
}

/// All adapters of these backends.
#[cfg(feature = "gpu")]
pub(crate) async fn enumerate_adapters(
    instance: &wgpu::Instance,
    backends: wgpu::Backends,
) -> Vec<wgpu::Adapter> {
    instance.enumerate_adapters(backends).await
}
