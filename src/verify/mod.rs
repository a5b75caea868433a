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

mod case;
mod exhaustive;
pub(crate) mod inputs;
pub(crate) mod judge;
mod parallel;
mod probe;
mod report;
mod subject;
mod sweep;
pub(crate) mod ulp;

use crate::activation::{Activation, Kind};
use crate::error::Error;
use crate::shader::Direction;
use crate::storage::{Element, Storage};

pub use case::Case;
pub use exhaustive::{PATTERNS, exhaustive};
pub use judge::{Oracle, Table};
pub use probe::Probe;
pub use report::{Adapter, Check, Report};
#[cfg(feature = "cpu")]
pub use subject::CpuSweep;
pub use subject::{CHUNK, Subject, Sweep};
#[cfg(test)]
pub(crate) use sweep::source as sweep_source;
pub use sweep::{GpuSweep, Mapped};

use judge::{Judge, pairs};
use ulp::Statistics;

/// How thoroughly to check.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// About how many inputs each activation and direction gets: spread over all bit patterns, and more where functions have
    /// been wrong elsewhere. (16-bit types get all 65536 numbers.)
    pub inputs: u64,
    /// How the elements lie in memory.
    pub storage: Storage,
}

impl Default for Options {
    fn default() -> Self {
        Self { inputs: 1 << 20, storage: Storage::F32 }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress {
    /// Checks that are done.
    pub done: usize,
    /// Checks in all.
    pub total: usize,
    /// What is checked next.
    pub activation: Activation,
    /// What is checked next.
    pub direction: Direction,
}

/// Checks these activations, with their defaults and the table's samples, in every direction.
///
/// A failed check is in the report, not an error. `progress` is called before each check.
///
/// # Errors
/// The subject's: of a [`Gpu`](crate::Gpu) those of [`upload`](crate::Gpu::upload), [`forward`](crate::Gpu::forward) and
/// [`read`](crate::Gpu::read).
pub async fn run(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    run_against(subject, kinds, options, &Table, progress).await
}

/// [`run`], waiting for it.
///
/// # Errors
/// As [`run`].
#[cfg(not(target_family = "wasm"))]
pub fn run_blocking(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    pollster::block_on(run(subject, kinds, options, progress))
}

/// [`run`] against another oracle.
///
/// # Errors
/// As [`run`].
pub async fn run_against(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    oracle: &impl Oracle,
    mut progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    let probe = subject.probe().await?;
    let samples = kinds.iter().flat_map(|kind| kind.samples());
    let cases: Vec<Case> = samples.flat_map(|it| Case::all_in(it, options.storage)).collect();
    let mut checks = Vec::new();
    for (done, case) in cases.iter().enumerate() {
        let Case { activation, direction, .. } = *case;
        progress(Progress { done, total: cases.len(), activation, direction });
        let judge = Judge::new(oracle, *case);
        checks.push(Check::new(case, &stratified(subject, &judge, options).await?));
    }
    Ok(Report::new(subject.adapter(), false, probe, checks))
}

/// One case over the grid of inputs: with dy = 1, with random dy, and with dy that are no numbers.
async fn stratified<O: Oracle>(
    subject: &impl Subject,
    judge: &Judge<'_, O>,
    options: &Options,
) -> Result<Statistics, Error> {
    match judge.case().storage {
        Storage::F32 => {
            let kinks = judge.case().activation.kinks();
            over::<f32>(subject, judge, inputs::stratified(options.inputs, &kinks), inputs::LARGEST_EXPONENT)
                .await
        }
        Storage::F16 => {
            let points = inputs::all_of_16_bits(|bits| half::f16::from_bits(bits).to_f32());
            over::<half::f16>(subject, judge, points, 10).await
        }
        Storage::Bf16 => {
            let points = inputs::all_of_16_bits(|bits| half::bf16::from_bits(bits).to_f32());
            over::<half::bf16>(subject, judge, points, inputs::LARGEST_EXPONENT).await
        }
    }
}

/// Over these inputs, which the type holds; and over dy of these exponents.
pub(crate) async fn over<T: Element>(
    subject: &impl Subject,
    judge: &Judge<'_, impl Oracle>,
    spread: Vec<f32>,
    largest_exponent: u32,
) -> Result<Statistics, Error> {
    let points = points::<T>(judge.case(), spread);
    let held = |value: f32| T::from_f32(value).to_f32();
    let ones = vec![1.0; points.len()];
    let simple = compare(subject, judge, &points, &ones).await?;
    if judge.case().direction == Direction::Forward {
        return Ok(simple);
    }
    let random: Vec<f32> = inputs::gradients(points.len(), largest_exponent).into_iter().map(held).collect();
    let scaled = compare(subject, judge, &points, &random).await?;
    let special = compare(subject, judge, &points, &inputs::special_gradients(points.len())).await?;
    Ok(simple.merge(scaled).merge(special))
}

/// What a case is computed for: x, or from the output the y that a right forward returns.
pub(crate) fn points<T: Element>(case: &Case, mut spread: Vec<f32>) -> Vec<f32> {
    if case.direction == Direction::BackwardFromOutput {
        for x in &mut spread {
            *x = T::from_f32(case.activation.exact(f64::from(*x)).value as f32).to_f32();
        }
    }
    spread
}

async fn compare<O: Oracle>(
    subject: &impl Subject,
    judge: &Judge<'_, O>,
    points: &[f32],
    dy: &[f32],
) -> Result<Statistics, Error> {
    let operands = [points, dy];
    let operands = if judge.case().direction == Direction::Forward { &operands[..1] } else { &operands };
    let got = subject.compute(judge.case(), operands).await?;
    Ok(judge_all(judge, points, dy, &got))
}

fn judge_all<O: Oracle>(judge: &Judge<'_, O>, points: &[f32], dy: &[f32], got: &[f32]) -> Statistics {
    let add = |statistics: &mut Statistics, range: std::ops::Range<usize>| {
        let points = &points[range.clone()];
        let exact = judge.exact(points, &pairs(std::slice::from_ref(judge), points));
        judge.compare(points, &dy[range.clone()], &exact, &got[range], statistics);
    };
    let elements = points.len().min(dy.len()).min(got.len());
    parallel::fold(elements, Statistics::default, add, Statistics::merge)
}

/// Judges results that were computed elsewhere: `got[i]` for `x[i]` and `dy[i]` (any values forward, where there is no dy), as far as
/// the shortest of the three goes. From the output, `x` holds the y.
#[must_use]
pub fn judge(
    activation: Activation,
    direction: Direction,
    storage: Storage,
    x: &[f32],
    dy: &[f32],
    got: &[f32],
) -> Check {
    let judge = Judge::new(&Table, Case { activation, direction, storage });
    Check::new(judge.case(), &judge_all(&judge, x, dy, got))
}
