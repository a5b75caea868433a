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
mod judge;
mod parallel;
mod probe;
mod report;
mod subject;
mod sweep;
pub(crate) mod ulp;

use crate::activation::{Activation, Kind};
use crate::error::Error;
use crate::shader::Direction;
use crate::storage::Storage;

pub use case::Case;
pub use exhaustive::{PATTERNS, exhaustive};
pub use judge::{Oracle, Table};
pub use probe::Probe;
pub use report::{Adapter, Check, Report};
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
    /// been wrong elsewhere.
    pub inputs: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { inputs: 1 << 20 }
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
    let cases: Vec<Case> = kinds.iter().flat_map(|kind| kind.samples()).flat_map(Case::all).collect();
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
    let case = judge.case();
    let mut points = inputs::stratified(options.inputs, &case.activation.kinks());
    if case.direction == Direction::BackwardFromOutput {
        // The y that a right forward returns.
        for x in &mut points {
            *x = case.activation.exact(f64::from(*x)).value as f32;
        }
    }
    let ones = vec![1.0; points.len()];
    if case.direction == Direction::Forward {
        return compare(subject, judge, &points, &ones).await;
    }
    let simple = compare(subject, judge, &points, &ones).await?;
    let random = inputs::gradients(points.len());
    let scaled = compare(subject, judge, &points, &random).await?;
    let special = inputs::special_gradients(points.len());
    let special = compare(subject, judge, &points, &special).await?;
    Ok(simple.merge(scaled).merge(special))
}

/// What becomes of points and dy.
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
