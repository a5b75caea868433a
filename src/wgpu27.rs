//! The host layer on wgpu 27: on your own device, [`Kernels`]; with the feature `gpu`, [`Gpu`](self) on a device of its own.

#[path = "compat/wgpu27.rs"]
mod compat;
#[path = "host.rs"]
mod host;

pub use ::wgpu27 as wgpu;
pub use host::*;

/// What [`verify`](crate::verify) calls it: wgpu does not tell its own version.
#[cfg(feature = "verify")]
pub(crate) const RELEASE: &str = "27";
