//! How fast wgpu-activations is: what the command's `bench` and the criterion benches measure with. Not published.
//!
//! A kernel is compared with yardsticks of the same run: a copy by a hand-written kernel and by the driver, bare wgpu calls. Figures
//! of another run, or of another machine, are none.

mod bed;
mod case;
mod check;
mod clock;
#[cfg(target_os = "linux")]
pub mod cost;
mod device;
mod family;
mod host;
mod inputs;
mod processor;
mod promise;
mod report;
mod run;
mod yardstick;

pub use bed::{Bed, Yardstick};
pub use clock::{Clock, Source, Work, best, median};
pub use device::Device;
pub use family::Family;
pub use host::{Host, Preparing, Recording};
pub use promise::{Broken, PROMISED_FROM, SIXTEEN_BITS, broken};
pub use report::{Build, Copies, Measurement, Report};
pub use run::{DIRECTIONS, Plan, Progress, run};
pub use yardstick::{BufferCopy, CopyKernel, Shape, Tried};
