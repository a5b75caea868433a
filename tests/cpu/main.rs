//! The CPU's public interface.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod activations;
mod formula;
#[cfg(feature = "verify")]
#[path = "../shared/formulas.rs"]
mod formulas;
mod softmax;
