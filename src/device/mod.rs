//! On the caller's device: pipelines, what one dispatch is told, steps, kernels. Submits nothing, polls nothing.

mod builder;
mod formula;
mod job;
mod kernels;
#[cfg(target_family = "wasm")]
mod late;
mod pipelines;
mod softmax;
mod step;

pub use formula::FormulaKernel;
pub use kernels::{Kernel, Kernels};
pub use softmax::SoftmaxKernel;
pub use step::{Dispatch, Step};
