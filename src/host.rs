//! All that holds wgpu's types. Mounted once for each version that is switched on: what lies here says `super::wgpu` and `super::compat`,
//! and what is pure is `crate`'s.

#[cfg(feature = "verify")]
use super::RELEASE;
use super::{compat, wgpu};

#[path = "device/mod.rs"]
mod device;
#[cfg(feature = "gpu")]
#[path = "gpu/mod.rs"]
mod gpu;
#[cfg(feature = "verify")]
#[path = "verify/gpu/mod.rs"]
mod verify;

pub use device::{
    Dispatch, FormulaKernel, Kernel, Kernels, Operand, Parameters, RowKernel, Span, Step, VariableStep,
};
#[cfg(feature = "gpu")]
pub use gpu::{Gpu, GpuBuffer, Options, adapters, request_adapter};
#[cfg(feature = "verify")]
pub use verify::{GpuSweep, Mapped};
