//! What is computed, as data: an operation, and the signature that everything else is derived from.

mod axis;
mod cross_entropy;
mod direction;
mod function;
pub(crate) mod gate;
mod port;
mod rows;
mod signature;
mod softmax;

pub use axis::Axis;
pub use cross_entropy::{CrossEntropy, Targets};
pub use direction::Direction;
pub use function::Function;
pub(crate) use gate::Form;
pub use gate::{Gate, GateExact, GateKind, NamedGate, Order};
pub(crate) use port::{Port, RowElement, RowIndex};
#[cfg(any(test, feature = "_host", feature = "cpu", feature = "verify"))]
pub(crate) use rows::RowKind;
pub(crate) use rows::{Additions, RowBody, Sinks};
pub use rows::{NamedRowFunction, RowFunction};
pub(crate) use signature::{Adaptor, Arguments, Operation, SharedOperand, Signature, What};
pub(crate) use softmax::Causal;
pub use softmax::{Softmax, SoftmaxKind};
