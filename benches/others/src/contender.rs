//! A library that is measured.

use anyhow::Result;

/// A task, its operands on a library's device.
pub(crate) trait Contender {
    /// Nanoseconds for so many repeats, from nothing recorded to the device being done.
    fn time(&self, repeats: u32) -> Result<f64>;

    /// What it computes, for a comparison.
    fn result(&self) -> Result<Vec<f32>>;
}
