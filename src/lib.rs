#![doc = include_str!("../README.md")]

mod activation;
mod error;
mod gate;
mod gated;
#[cfg(feature = "gpu")]
mod gpu;
mod kernels;
mod parameters;
mod philox;
mod plan;
pub mod reference;
mod shader;
mod span;
mod step;
mod storage;
mod sum;
mod table;
#[cfg(feature = "verify")]
pub mod verify;

pub use activation::{Activation, Bound, Floor, Kind, Parameter};
pub use error::Error;
pub use gate::{Gate, GateExact, GateKind, NamedGate, Order, Pair};
pub use gated::{GatedBackward, GatedForward};
#[cfg(feature = "gpu")]
pub use gpu::{Gpu, GpuBuffer, Options, adapters};
pub use kernels::{Kernel, Kernels};
pub use parameters::{Channels, Parameters};
pub use philox::rrelu_slope;
pub use reference::Exact;
pub use shader::{Direction, library};
pub use span::Span;
pub use step::{Dispatch, Step};
pub use storage::{Element, Storage};
pub use sum::parameter_gradient_error;
pub use {half, wgpu};
