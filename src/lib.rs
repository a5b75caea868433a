// Where the README links to a file, these lead to the same page as a module, or to the file in the package as docs.rs shows it: of two
// definitions of a link, the first counts.
//! [guide]: crate::guide
//! [embedding]: crate::guide::embedding
//! [activations]: crate::guide::activations
//! [choosing]: crate::guide::choosing
//! [examples]: crate::guide::examples
//! [numerics]: crate::guide::numerics
//! [misuse]: crate::guide::misuse
//! [accuracy]: crate::guide::accuracy
//! [h200]: crate::guide::accuracy_h200
//! [every]: crate::guide::every_f32
//! [performance]: crate::guide::performance_h200
//! [others]: crate::guide::others
//! [cost]: crate::guide::cost
//! [testing]: crate::guide::testing
//! [web]: crate::guide::web
//! [picture]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/first_four.svg
//! [errors]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/errors/errors.svg
//! [architecture]: https://docs.rs/crate/wgpu-activations/latest/source/docs/architecture.md
//! [adding]: https://docs.rs/crate/wgpu-activations/latest/source/docs/adding-an-activation.md
//! [contributing]: https://docs.rs/crate/wgpu-activations/latest/source/CONTRIBUTING.md
#![doc = ""]
#![doc = include_str!("../README.md")]
#![cfg_attr(
    all(feature = "gpu", not(feature = "_host")),
    allow(dead_code, reason = "the stand-alone layer waits for a version of wgpu")
)]
#![allow(clippy::duplicate_mod, reason = "the host layer is compiled once for each version of wgpu")]

#[cfg(feature = "cpu")]
pub mod cpu;
mod error;
mod formula;
pub mod guide;
mod operand;
mod operation;
mod philox;
pub mod plan;
pub mod reference;
mod shader;
mod storage;
mod table;
#[cfg(feature = "verify")]
pub mod verify;
#[cfg(feature = "wgpu27")]
pub mod wgpu27;
#[cfg(feature = "wgpu28")]
pub mod wgpu28;
#[cfg(feature = "wgpu29")]
pub mod wgpu29;
#[cfg(feature = "wgpu30")]
pub mod wgpu30;

pub use error::{Error, FormulaError};
pub use formula::{Construct, Expression, Formula, StableForm, WgslFunction};
pub use half;
pub use operand::{
    Broadcast, Channels, Elements, Gated, GatedWithGradient, Operands, Output, Pair, RowParameters, Single,
    SoftmaxParameters,
};
pub use operation::{
    Axis, CrossEntropy, Direction, Function, Gate, GateExact, GateKind, NamedGate, NamedRowFunction, Order,
    RowFunction, Softmax, SoftmaxKind, Targets,
};
pub use philox::{gumbel_noise, rrelu_slope};
pub use plan::sums::parameter_gradient_error;
pub use reference::Exact;
#[cfg(feature = "_host")]
pub use shader::Shaders;
pub use shader::{Spec, Target, kernel_source, library};
pub use storage::{Element, Storage, Storages, Stored};
pub use table::{Activation, Bound, Floor, Kind, Parameter};

// The newest wgpu that is switched on.
#[cfg(all(feature = "wgpu27", not(any(feature = "wgpu28", feature = "wgpu29", feature = "wgpu30"))))]
#[doc(inline)]
pub use self::wgpu27::*;
#[cfg(all(feature = "wgpu28", not(any(feature = "wgpu29", feature = "wgpu30"))))]
#[doc(inline)]
pub use self::wgpu28::*;
#[cfg(all(feature = "wgpu29", not(feature = "wgpu30")))]
#[doc(inline)]
pub use self::wgpu29::*;
#[cfg(feature = "wgpu30")]
#[doc(inline)]
pub use self::wgpu30::*;
