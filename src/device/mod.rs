//! On the caller's device: pipelines, steps, kernels. Submits nothing, polls nothing.

mod builder;
mod formula;
mod kernels;
#[cfg(target_family = "wasm")]
mod late;
mod operands;
mod pipelines;
mod refusal;
mod rows;
mod step;
mod variable;

use super::{compat, wgpu};

pub use formula::FormulaKernel;
pub use kernels::{Kernel, Kernels};
pub use operands::{Operand, Parameters, Span};
pub use rows::RowKernel;
pub use step::{Dispatch, Step};
pub use variable::VariableStep;
