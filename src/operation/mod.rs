//! What is computed, as data: an operation, and the signature that everything else is derived from.

mod axis;
mod direction;
mod function;
pub(crate) mod gate;
mod signature;
mod softmax;

pub use axis::Axis;
pub use direction::Direction;
pub use function::Function;
pub(crate) use gate::Form;
pub use gate::{Gate, GateExact, GateKind, NamedGate, Order};
pub(crate) use signature::{Adaptor, Arguments, Operation, Port, SharedOperand, Signature, What};
pub use softmax::{Softmax, SoftmaxKind};
