//! Which adapter, from the command line, else from the environment; and how adapters are described.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use wgpu_activations::{Gpu, Options, wgpu};

/// The global options.
#[derive(Args)]
#[command(next_help_heading = "Adapter")]
pub(crate) struct Selection {
    /// Part of the adapter's name, upper and lower case alike
    #[arg(long, global = true, value_name = "NAME-PART")]
    adapter: Option<String>,

    /// Only adapters of this backend
    #[arg(long, global = true, value_enum)]
    backend: Option<Backend>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Backend {
    Vulkan,
    Gl,
    Metal,
    Dx12,
}

impl From<Backend> for wgpu::Backends {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Vulkan => Self::VULKAN,
            Backend::Gl => Self::GL,
            Backend::Metal => Self::METAL,
            Backend::Dx12 => Self::DX12,
        }
    }
}

impl Selection {
    /// The library's options for it.
    pub(crate) fn options(&self) -> Result<Options> {
        let mut options = Options::from_env();
        if self.adapter.is_some() {
            options.adapter.clone_from(&self.adapter);
        }
        options.backends = match self.backend {
            Some(backend) => Some(backend.into()),
            None => backends_of_environment()?,
        };
        Ok(options)
    }

    /// The device.
    pub(crate) fn open(&self) -> Result<Gpu> {
        Ok(Gpu::request_blocking(&self.options()?)?)
    }
}

/// `WGPU_BACKEND`. wgpu leaves out what it does not know, and then there is no adapter or another one: say it instead.
fn backends_of_environment() -> Result<Option<wgpu::Backends>> {
    let Ok(list) = std::env::var("WGPU_BACKEND") else { return Ok(None) };
    if list.trim().is_empty() {
        return Ok(None);
    }
    let unknown = |name: &&str| wgpu::Backends::from_comma_list(name).is_empty();
    if let Some(name) = list.split(',').find(unknown) {
        bail!("WGPU_BACKEND: no backend is called {:?}; there are vulkan, gl, metal and dx12", name.trim());
    }
    Ok(Some(wgpu::Backends::from_comma_list(&list)))
}

/// `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan, software adapter`.
pub(crate) fn describe(info: &wgpu::AdapterInfo) -> String {
    format!("{}, {:?}, {}", info.name, info.backend, kind(info.device_type))
}

/// A processor that emulates one is never called a GPU.
pub(crate) fn kind(kind: wgpu::DeviceType) -> &'static str {
    match kind {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software adapter",
        wgpu::DeviceType::Other => "other",
    }
}

/// The driver's name and version, as far as it tells them.
pub(crate) fn driver(info: &wgpu::AdapterInfo) -> String {
    let parts = [info.driver.trim(), info.driver_info.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
