//! What it is computed of: ranges of buffers, pairs of values and gates, channels, parameters.

mod channels;
mod forms;
mod pair;
mod parameters;
mod span;

pub use channels::Channels;
pub(crate) use channels::Grain;
pub use forms::{Elements, Gated, GatedWithGradient, Operands, Output, Single};
pub(crate) use forms::{Form, Operand, Place};
#[cfg(feature = "cpu")]
pub(crate) use pair::Packing;
pub use pair::Pair;
#[cfg(any(feature = "cpu", feature = "gpu"))]
pub(crate) use pair::PairForm;
pub(crate) use pair::Pitch;
pub use parameters::Parameters;
pub(crate) use parameters::{Learned, Origin};
pub use span::Span;
