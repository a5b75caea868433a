//! What there is: one row per activation, its bounds, and activations as values.

mod activation;
pub(crate) mod bounds;
pub(crate) mod call;
mod handle;
mod kind;
pub(crate) mod row;
pub(crate) mod rows;

pub use activation::Activation;
pub use bounds::{Bound, Floor};
pub(crate) use handle::Handle;
pub use kind::Kind;
pub(crate) use kind::nearest_name;
pub use row::Parameter;
