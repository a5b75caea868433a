//! The host layer on wgpu 30: on your own device, [`Kernels`]; with the feature `gpu`, [`Gpu`](self) on a device of its own.

#[path = "compat/wgpu30.rs"]
mod compat;
#[path = "host.rs"]
mod host;

pub use ::wgpu;
pub use host::*;

/// What [`verify`](crate::verify) calls it: wgpu does not tell its own version.
#[cfg(feature = "verify")]
pub(crate) const RELEASE: &str = "30";
