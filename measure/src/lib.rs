//! How fast wgpu-activations is: what the command's `bench` and the criterion benches measure with. Not published.
//!
//! A kernel is compared with baselines of the same run: a copy by a hand-written kernel and by the driver, bare wgpu calls. Figures
//! of another run, or of another machine, are none. What is measured without Rust, in a page, comes as data.

mod baseline;
mod bed;
mod case;
mod check;
mod clock;
#[cfg(target_os = "linux")]
pub mod cost;
mod cpu;
mod device;
mod dispatches;
mod family;
mod formula;
mod host;
mod inputs;
mod promise;
mod report;
mod rows;
mod run;

pub use baseline::{BufferCopy, CopyKernel, Shape, Tried};
pub use bed::{Baseline, Bed};
pub use clock::{Clock, Source, Work, best, median};
pub use device::Device;
pub use dispatches::Dispatches;
pub use formula::{FORMULA_CHANNELS, Formulated, formula};
pub use host::{ELEMENTS, Host, Preparing, Recording};
pub use promise::{Broken, PROMISED_FROM, SIXTEEN_BITS, broken};
pub use report::{Build, Copies, Family, Measurement, Report};
pub use rows::{ROW_SHAPES, RowsMeasured, rows};
pub use run::{DIRECTIONS, Plan, Progress, run};
