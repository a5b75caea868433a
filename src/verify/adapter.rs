//! What was checked, in words.

use std::fmt;

/// What was checked: figures without it mean nothing.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Adapter {
    /// The adapter's name.
    pub adapter: String,
    /// wgpu's backend.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "other", "software adapter", or "CPU": neither of the last two is a GPU.
    pub kind: String,
    /// wgpu's version: its release line, since wgpu does not tell more. Who knows the exact one may put it here.
    pub wgpu: String,
    /// This library's version.
    pub library: String,
}

impl Adapter {
    /// Whether it is none, but the CPU.
    pub(crate) fn is_cpu(&self) -> bool {
        self.kind == CPU
    }
}

#[cfg(feature = "cpu")]
impl Adapter {
    /// The CPU that this runs on, which computes without wgpu.
    #[must_use]
    pub fn cpu() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            adapter: format!("CPU ({}, {threads} threads)", std::env::consts::ARCH),
            backend: "cpu".to_owned(),
            driver: "wgpu_activations::cpu".to_owned(),
            kind: CPU.to_owned(),
            wgpu: "not used".to_owned(),
            library: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The kind of "adapter" that is none.
const CPU: &str = "CPU";

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {}, {})", self.adapter, self.backend, self.kind, self.driver)?;
        write!(f, ", wgpu {}, wgpu-activations {}", self.wgpu, self.library)
    }
}
