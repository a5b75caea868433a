// Where the README links to a file, these lead to the same page as a module: of two definitions of a link, the first counts.
//! [guide]: crate::guide
//! [activations]: crate::guide::activations
//! [choosing]: crate::guide::choosing
//! [examples]: crate::guide::examples
//! [numerics]: crate::guide::numerics
//! [misuse]: crate::guide::misuse
//! [accuracy]: crate::guide::accuracy
//! [performance]: crate::guide::performance
//! [cost]: crate::guide::cost
#![doc = ""]
#![doc = include_str!("../README.md")]

#[cfg(feature = "cpu")]
pub mod cpu;
mod device;
mod error;
mod formula;
#[cfg(feature = "gpu")]
mod gpu;
pub mod guide;
mod operand;
mod operation;
mod philox;
mod plan;
pub mod reference;
mod shader;
mod storage;
mod table;
#[cfg(feature = "verify")]
pub mod verify;

pub use device::{Dispatch, FormulaKernel, Kernel, Kernels, SoftmaxKernel, Step};
pub use error::{Error, FormulaError};
pub use formula::{Construct, Expression, Formula, StableForm};
#[cfg(feature = "gpu")]
pub use gpu::{Gpu, GpuBuffer, Options, adapters, request_adapter};
pub use operand::{
    Channels, Elements, Gated, GatedWithGradient, Operand, Operands, Output, Pair, Parameters, Single, Span,
};
pub use operation::{
    Axis, Direction, Function, Gate, GateExact, GateKind, NamedGate, Order, Softmax, SoftmaxKind,
};
pub use philox::rrelu_slope;
pub use plan::sums::parameter_gradient_error;
pub use reference::Exact;
pub use shader::{Shaders, Spec, kernel_source, kernel_source_with_shader_f16, library};
pub use storage::{Element, Storage, Storages};
pub use table::{Activation, Bound, Floor, Kind, Parameter};
pub use {half, wgpu};
