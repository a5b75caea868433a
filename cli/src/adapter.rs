//! Which adapter, from the command line, else from the environment; and how adapters are described.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use wgpu_activations::{Gpu, Options, verify, wgpu};

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

/// What the library says of an adapter, with the exact version of wgpu that this command was built with.
pub(crate) fn report(info: wgpu::AdapterInfo) -> verify::Adapter {
    let mut report = verify::Adapter::from(info);
    report.wgpu = wgpu_version().to_owned();
    report
}

/// `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan, software adapter`.
pub(crate) fn describe(adapter: &verify::Adapter) -> String {
    let verify::Adapter { adapter, backend, kind, .. } = adapter;
    format!("{adapter}, {backend}, {kind}")
}

/// wgpu does not tell its version; the lock file that the command is built from does.
fn wgpu_version() -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    // The newest is the last.
    let entry = lock.rsplit_once("name = \"wgpu\"\nversion = \"").map(|(_, rest)| rest);
    entry.and_then(|rest| rest.split('"').next()).unwrap_or("unknown")
}
