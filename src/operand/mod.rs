//! What it is computed of: ranges of buffers, pairs of values and gates, channels, parameters.

mod bound;
mod broadcast;
mod channels;
mod forms;
mod names;
mod pair;
mod parameters;
mod row_parameters;
mod span;

pub use bound::Operand;
#[cfg(any(feature = "cpu", feature = "verify", all(feature = "gpu", feature = "_host")))]
pub(crate) use bound::What as OperandKind;
pub use broadcast::Broadcast;
pub(crate) use broadcast::Strided;
pub use channels::Channels;
pub(crate) use channels::{Grain, Views};
pub(crate) use forms::{Checked, Place};
pub use forms::{Elements, Form, Gated, GatedWithGradient, Operands, Output, Single};
pub(crate) use names::Names;
#[cfg(feature = "cpu")]
pub(crate) use pair::Packing;
pub use pair::Pair;
#[cfg(any(feature = "cpu", all(feature = "gpu", feature = "_host")))]
pub(crate) use pair::PairForm;
pub(crate) use pair::Pitch;
#[cfg(feature = "cpu")]
pub(crate) use parameters::Learned;
pub use parameters::Parameters;
pub(crate) use parameters::{Given, Origin};
pub use row_parameters::{RowParameters, SoftmaxParameters};
pub use span::{Memory, Span};
