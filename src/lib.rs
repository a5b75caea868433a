// Where the README links to a file, these lead to the same page as a module: of two definitions of a link, the first counts.
//! [guide]: crate::guide
//! [choosing]: crate::guide::choosing
//! [numerics]: crate::guide::numerics
#![doc = ""]
#![doc = include_str!("../README.md")]

mod activation;
#[cfg(feature = "cpu")]
pub mod cpu;
mod error;
mod gate;
mod gated;
#[cfg(feature = "gpu")]
mod gpu;
pub mod guide;
mod kernels;
#[cfg(target_family = "wasm")]
mod late;
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
mod warm_up;

pub use activation::{Activation, Bound, Floor, Kind, Parameter};
pub use error::Error;
pub use gate::{Gate, GateExact, GateKind, NamedGate, Order, Pair};
pub use gated::{GatedBackward, GatedForward};
#[cfg(feature = "gpu")]
pub use gpu::{Gpu, GpuBuffer, Options, adapters, request_adapter};
pub use kernels::{Kernel, Kernels};
pub use parameters::{Channels, Parameters};
pub use philox::rrelu_slope;
pub use reference::Exact;
pub use shader::{Direction, Shaders, library};
pub use span::Span;
pub use step::{Dispatch, Step};
pub use storage::{Element, Storage};
pub use sum::parameter_gradient_error;
pub use warm_up::WarmUp;
pub use {half, wgpu};
