//! What wgpu says of an adapter, in words.

use super::{RELEASE, wgpu};
use crate::verify::adapter::Adapter;

impl From<wgpu::AdapterInfo> for Adapter {
    fn from(info: wgpu::AdapterInfo) -> Self {
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete GPU",
            wgpu::DeviceType::IntegratedGpu => "integrated GPU",
            wgpu::DeviceType::VirtualGpu => "virtual GPU",
            wgpu::DeviceType::Cpu => "software adapter",
            wgpu::DeviceType::Other => "other",
        };
        let driver = [info.driver.trim(), info.driver_info.trim()];
        Self {
            adapter: info.name,
            backend: format!("{:?}", info.backend),
            driver: driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
            kind: kind.to_owned(),
            wgpu: RELEASE.to_owned(),
            library: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_release_of_wgpu_is_the_manifests() {
        let line = format!(
            "version = \"{}\", default-features = false, features = [\"std\", \"wgsl\"]",
            super::RELEASE
        );
        assert!(include_str!("../../../Cargo.toml").contains(&line), "{line}");
    }
}
