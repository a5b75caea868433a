//! As wgpu 28 has it.

use super::wgpu;

#[cfg(feature = "gpu")]
#[path = "before_29.rs"]
mod before_29;
#[path = "before_30.rs"]
mod before_30;
#[path = "since_28.rs"]
mod since_28;

#[cfg(feature = "gpu")]
pub(crate) use before_29::instance;
#[cfg(feature = "gpu")]
pub(crate) use before_30::map_to_read;
pub(crate) use before_30::map_to_write;
pub(crate) use since_28::Scope;
#[cfg(feature = "gpu")]
pub(crate) use since_28::enumerate_adapters;

/// A device does not tell its adapter: one that is of no backend.
pub(crate) fn adapter_info(_device: &wgpu::Device) -> wgpu::AdapterInfo {
    wgpu::AdapterInfo {
        name: "an adapter that wgpu 28 does not tell of a device".to_owned(),
        vendor: 0,
        device: 0,
        device_type: wgpu::DeviceType::Other,
        device_pci_bus_id: String::new(),
        driver: String::new(),
        driver_info: String::new(),
        backend: wgpu::Backend::Noop,
        // WebGPU's own bounds.
        subgroup_min_size: 4,
        subgroup_max_size: 128,
        transient_saves_memory: false,
    }
}
