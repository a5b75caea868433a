//! What a run found, and on what.

use serde::Serialize;
use wgpu_activations::{Storage, verify, wgpu};

use crate::baseline::{Shape, Tried};
use crate::clock::{Source, median};
use crate::host::Host;
use crate::rows::RowsMeasured;

/// What a run found, and on what.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The adapter.
    #[serde(flatten)]
    pub adapter: verify::Adapter,
    /// How the program was built.
    #[serde(flatten)]
    pub build: Build,
    /// Whether the device has the feature SHADER_F16, which the kernels use where it is there.
    pub shader_f16: bool,
    /// Where device times come from.
    pub clock: Source,
    /// How many threads the CPU's side has.
    pub cpu_threads: usize,
    /// Recording, preparing, and a lone submit.
    #[serde(flatten)]
    pub host: Host,
    /// The baselines.
    pub copies: Vec<Copies>,
    /// One for each activation, direction, storage and size.
    pub results: Vec<Measurement>,
    /// One for each gated function with a name and each gradient of a parameter, storage and size.
    pub families: Vec<Family>,
    /// One for each function of rows, direction and shape, if these were measured.
    pub rows: Vec<RowsMeasured>,
}

/// From where on a machine counts as busy: on llvmpipe with two threads [`Report::unrest`] was 1.02 to 1.05 on an idle machine, 1.27 beside
/// one thread that does not sleep, and 1.36 beside two.
const BUSY: f64 = 1.1;

impl Report {
    /// What the median round took, as a multiple of the fastest one: the median of all kernels. What else the machine does, shows in it; how fast
    /// the machine is, does not.
    #[must_use]
    pub fn unrest(&self) -> f64 {
        let rounds = self.results.iter().map(|result| result.ns_per_element / result.best_ns_per_element);
        let rounds: Vec<f64> = rounds.filter(|ratio| ratio.is_finite()).collect();
        if rounds.is_empty() { 1.0 } else { median(&rounds) }
    }

    /// Whether the machine had so much else to do that times mean little.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.unrest() > BUSY
    }
}

/// How the program was built and runs.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Build {
    /// `release`, or `debug` where debug assertions are on.
    pub profile: &'static str,
    /// Whether Rust's debug assertions are on: then no figure means anything.
    pub debug_assertions: bool,
    /// Whether the driver's validation was asked for.
    pub driver_validation: bool,
}

impl Build {
    /// Of this program. wgpu's instance is made with the flags that the build and the environment say.
    #[must_use]
    pub fn current() -> Self {
        let flags = wgpu::InstanceFlags::from_build_config().with_env();
        Self {
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            debug_assertions: cfg!(debug_assertions),
            driver_validation: flags.contains(wgpu::InstanceFlags::VALIDATION),
        }
    }
}

/// Baselines of one size and storage: median times.
#[derive(Debug, Clone, Serialize)]
pub struct Copies {
    /// The storage type.
    pub storage: Storage,
    /// Elements of each input.
    pub elements: u64,
    /// How many inputs: 1, or 2 that are added.
    pub inputs: usize,
    /// The copy kernel's shape, the fastest of those tried.
    pub copy_kernel: Shape,
    /// It takes so long.
    pub copy_kernel_ns: f64,
    /// `copy_buffer_to_buffer` of one input takes so long.
    pub buffer_copy_ns: f64,
    /// Every shape that was tried, timed beforehand.
    pub tried: Vec<Tried>,
}

impl Copies {
    /// Bytes that the copy kernel reads and writes, each nanosecond.
    #[must_use]
    pub fn copy_kernel_gb_per_s(&self) -> f64 {
        (self.inputs + 1) as f64 * self.bytes() / self.copy_kernel_ns
    }

    /// Bytes that the driver's copy reads and writes, each nanosecond.
    #[must_use]
    pub fn buffer_copy_gb_per_s(&self) -> f64 {
        2.0 * self.bytes() / self.buffer_copy_ns
    }

    fn bytes(&self) -> f64 {
        (self.elements * self.storage.bytes()) as f64
    }
}

/// One activation, direction, storage and size. Times are medians.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// The activation's name.
    pub activation: &'static str,
    /// The activation with its parameters, as it is parsed.
    pub parameters: String,
    /// `forward` or `backward`.
    pub direction: String,
    /// The storage type.
    pub storage: Storage,
    /// Elements of each operand.
    pub elements: u64,
    /// On the device.
    pub ns_per_element: f64,
    /// The fastest round.
    pub best_ns_per_element: f64,
    /// Operands read and written.
    pub gb_per_s: f64,
    /// As a multiple of the copy kernel with as many inputs, round by round.
    pub ratio_to_copy_kernel: f64,
    /// The most that is promised of that; `None` for operands too small for a promise.
    pub promised_ratio: Option<f64>,
    /// As a multiple of `copy_buffer_to_buffer` of one operand, round by round.
    pub ratio_to_buffer_copy: f64,
    /// With x 4 bytes away from where it would be aligned as the output is: nothing but narrow loads.
    pub unaligned_ns_per_element: f64,
    /// That as a multiple of the (aligned) copy kernel.
    pub unaligned_ratio_to_copy_kernel: f64,
    /// The kernel alone: record, submit and wait, with the data on the device.
    pub submit_wait_us: f64,
    /// All inputs to the device.
    pub upload_ns: f64,
    /// The kernel on the device.
    pub kernel_ns: f64,
    /// The result back.
    pub read_back_ns: f64,
    /// On the CPU, on one thread.
    pub cpu_one_thread_ns: f64,
    /// And on all.
    pub cpu_all_threads_ns: f64,
    /// The smallest power of two of elements over which the adapter, waited for, beats all threads; `None` if not even over the largest
    /// size measured. The same for all sizes.
    pub crossover_elements: Option<u64>,
    /// The largest error of the kernel's results, aligned and not.
    pub max_ulp: f64,
    /// Whether that is within the table's budget, and the CPU's results are, too.
    pub correct: bool,
}

impl Measurement {
    /// Whether the kernel is as fast as is promised.
    #[must_use]
    pub fn keeps_promise(&self) -> bool {
        self.promised_ratio.is_none_or(|promised| self.ratio_to_copy_kernel <= promised)
    }
}

/// One gated function or gradient of a parameter. Times are medians.
#[derive(Debug, Clone, Serialize)]
pub struct Family {
    /// The gate's or the activation's name.
    pub name: &'static str,
    /// `gated_forward`, `gated_backward`, `gradient_weight`.
    pub direction: String,
    /// How many parameters are learned; none in a gate.
    pub channels: Option<u64>,
    /// The storage type.
    pub storage: Storage,
    /// Elements of each operand.
    pub elements: u64,
    /// On the device.
    pub ns_per_element: f64,
    /// As a multiple of what it is compared with, round by round.
    pub ratio: f64,
    /// What that is.
    pub against: &'static str,
    /// The most that is promised.
    pub promised_ratio: Option<f64>,
    /// Whether the results are right.
    pub correct: bool,
}

impl Family {
    /// Whether it is as fast as is promised.
    #[must_use]
    pub fn keeps_promise(&self) -> bool {
        self.promised_ratio.is_none_or(|promised| self.ratio <= promised)
    }
}
