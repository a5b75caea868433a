//! Checks an adapter: every kernel against the f64 oracle, in units in the last place.
//!
//! In an embedding app's own tests, on its own device:
//!
//! ```no_run
//! # fn test(device: wgpu::Device, queue: wgpu::Queue) -> Result<(), wgpu_activations::Error> {
//! use wgpu_activations::{Gpu, Kind, verify};
//! let gpu = Gpu::from_parts(device, queue);
//! let report = verify::run_blocking(&gpu, Kind::ALL, &verify::Options::default(), |_| {})?;
//! assert!(report.passed(), "{report}");
//! # Ok(()) }
//! ```

pub(crate) mod adapter;
mod backend;
pub(crate) mod case;
#[cfg(feature = "cpu")]
mod cpu;
mod exhaustive;
mod formula;
mod grid;
pub(crate) mod inputs;
pub(crate) mod judge;
#[cfg(feature = "serde")]
mod null;
mod oracle;
mod parallel;
pub(crate) mod probe;
mod product;
mod report;
pub(crate) mod rows;
mod run;
pub(crate) mod subject;
mod sum;
pub(crate) mod sweep;
pub(crate) mod ulp;

pub use adapter::Adapter;
#[cfg(test)]
pub(crate) use backend::Backend;
pub use case::Case;
#[cfg(feature = "cpu")]
pub use cpu::CpuSweep;
pub use exhaustive::{PATTERNS, exhaustive};
pub use formula::{FORMULA_INPUTS, FormulaCheck, formula};
pub use grid::{MAX_INPUTS, Options};
#[cfg(test)]
pub(crate) use grid::{over, points};
pub use oracle::{Oracle, Table};
pub use probe::Probe;
pub use report::{Check, Report};
pub use rows::{
    RowCheck, RowInputs, RowSubject, RowTargets, cross_entropy, gumbel_softmax, judge_cross_entropy,
    judge_softmax, softmax,
};
#[cfg(not(target_family = "wasm"))]
pub use run::run_blocking;
pub use run::{Progress, judge, run, run_against, run_families};
pub use subject::{CHUNK, FormulaOperand, FormulaSubject, Operands, Sharing, Subject, Sweep};
#[cfg(any(test, feature = "_host"))]
pub(crate) use sweep::source as sweep_source;
