#![doc = include_str!("../README.md")]

mod activation;
#[cfg(feature = "cpu")]
pub mod cpu;
mod error;
#[cfg(feature = "gpu")]
mod gpu;
mod kernels;
#[cfg(target_family = "wasm")]
mod late;
mod plan;
pub mod reference;
mod shader;
mod span;
mod step;
mod storage;
mod table;
#[cfg(feature = "verify")]
pub mod verify;

pub use activation::{Activation, Bound, Floor, Kind, Parameter};
pub use error::Error;
#[cfg(feature = "gpu")]
pub use gpu::{Gpu, GpuBuffer, Options, adapters, request_adapter};
pub use kernels::{Kernel, Kernels, parameter_gradient_error};
pub use reference::Exact;
pub use shader::{Direction, library};
pub use span::Span;
pub use step::{Dispatch, Step};
pub use storage::{Element, Storage};
pub use {half, wgpu};
