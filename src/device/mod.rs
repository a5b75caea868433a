//! On the caller's device: pipelines, what one dispatch is told, steps, kernels. Submits nothing, polls nothing.

mod builder;
mod job;
mod kernels;
#[cfg(target_family = "wasm")]
mod late;
mod pipelines;
mod step;

pub use kernels::{Kernel, Kernels};
pub use step::{Dispatch, Step};
