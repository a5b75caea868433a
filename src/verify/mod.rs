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

mod backend;
mod case;
mod exhaustive;
mod gated;
pub(crate) mod inputs;
pub(crate) mod judge;
mod parallel;
mod probe;
mod report;
mod subject;
mod sum;
mod sweep;
pub(crate) mod ulp;

use crate::activation::{Activation, Kind};
use crate::error::Error;
use crate::shader::Direction;
use crate::storage::{Element, Storage};

pub use case::Case;
pub use exhaustive::{PATTERNS, exhaustive};
pub use gated::{GateOutput, GatedCase};
pub use judge::{Oracle, Table};
pub use probe::Probe;
pub use report::{Adapter, Check, Report};
#[cfg(feature = "cpu")]
pub use subject::CpuSweep;
pub use subject::{CHUNK, Subject, Sweep};
#[cfg(test)]
pub(crate) use sweep::source as sweep_source;
pub use sweep::{GpuSweep, Mapped};

pub(crate) use backend::Backend;
use judge::{Judge, pairs};
use ulp::Statistics;

/// How thoroughly to check.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// About how many inputs each activation and direction gets, [`MAX_INPUTS`] at most: spread over all bit patterns, and more where
    /// functions have been wrong elsewhere. (16-bit types get all 65536 numbers.)
    pub inputs: u64,
    /// How the elements lie in memory.
    pub storage: Storage,
    /// Whether gated functions and learned parameters are checked, too.
    pub families: bool,
}

/// The most inputs for each check: they and all that is made of them take about a gigabyte. [`exhaustive`] takes every f32, in chunks.
pub const MAX_INPUTS: u64 = 1 << 24;

impl Options {
    fn check(&self) -> Result<(), Error> {
        if self.inputs > MAX_INPUTS {
            return Err(Error::TooManyInputs { wanted: self.inputs, allowed: MAX_INPUTS });
        }
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { inputs: 1 << 20, storage: Storage::F32, families: true }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Checks that are done.
    pub done: usize,
    /// Checks in all.
    pub total: usize,
    /// What is checked next: an activation or gate with its parameters, and the direction.
    pub next: &'a str,
}

/// Checks these activations, with their defaults and the table's samples, in every direction: by themselves, as gates, and with
/// learned parameters.
///
/// A failed check is in the report, not an error. `progress` is called before each check.
///
/// # Errors
/// [`Error::TooManyInputs`]; [`Error::LengthMismatch`] if the subject returns fewer results than it should, or more; and the
/// subject's own: of a [`Gpu`](crate::Gpu) those of [`upload`](crate::Gpu::upload), [`forward`](crate::Gpu::forward) and
/// [`read`](crate::Gpu::read).
pub async fn run(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    progress: impl FnMut(Progress<'_>),
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
    progress: impl FnMut(Progress<'_>),
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
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Report, Error> {
    options.check()?;
    let probe = subject.probe().await?;
    let samples = kinds.iter().flat_map(|kind| kind.samples());
    let elementwise = samples.flat_map(|it| Case::all_in(it, options.storage)).map(Item::Activation);
    let families = families(kinds, options.storage).filter(|_| options.families);
    let items: Vec<Item> = elementwise.chain(families).collect();
    let checks = check_all(subject, &items, options, oracle, &mut progress).await?;
    Ok(Report::new(subject.adapter(), false, probe, checks))
}

/// Checks what is made of these activations beside themselves: gated functions, and learned parameters. [`run`] does, too; an
/// [`exhaustive`] run takes each by itself.
///
/// # Errors
/// As [`run`].
pub async fn run_families(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Vec<Check>, Error> {
    let items: Vec<Item> = families(kinds, options.storage).collect();
    check_all(subject, &items, options, &Table, &mut progress).await
}

/// What one check is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item {
    Activation(Case),
    Gated(GatedCase),
}

impl From<&Case> for Item {
    fn from(case: &Case) -> Self {
        Self::Activation(*case)
    }
}

fn families(kinds: &[Kind], storage: Storage) -> impl Iterator<Item = Item> {
    let learned = kinds.iter().flat_map(|kind| kind.samples());
    let learned = learned.flat_map(move |it| Case::all_learned(it, storage)).map(Item::Activation);
    let gated = kinds.iter().flat_map(move |kind| GatedCase::all(*kind, storage)).map(Item::Gated);
    learned.chain(gated)
}

async fn check_all<O: Oracle>(
    subject: &impl Subject,
    items: &[Item],
    options: &Options,
    oracle: &O,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Vec<Check>, Error> {
    options.check()?;
    let backend = subject.adapter().computes_on();
    let mut checks = Vec::new();
    for (done, item) in items.iter().enumerate() {
        progress(Progress { done, total: items.len(), next: &item.to_string() });
        let statistics = match item {
            Item::Activation(case) => {
                stratified(subject, &Judge::new(oracle, *case, backend), options).await?
            }
            Item::Gated(case) => gates(subject, oracle, *case, options).await?,
        };
        checks.push(Check::new(*item, backend, &statistics));
    }
    Ok(checks)
}

/// One gated function over the grid of inputs as gates.
async fn gates<O: Oracle>(
    subject: &impl Subject,
    oracle: &O,
    case: GatedCase,
    options: &Options,
) -> Result<Statistics, Error> {
    match case.storage {
        Storage::F32 => gated::check::<f32>(subject, oracle, case, options.inputs).await,
        Storage::F16 => gated::check::<half::f16>(subject, oracle, case, options.inputs).await,
        Storage::Bf16 => gated::check::<half::bf16>(subject, oracle, case, options.inputs).await,
    }
}

/// The inputs, and the largest exponent of dy.
fn grid(storage: Storage, inputs: u64, kinks: &[f64]) -> (Vec<f32>, u32) {
    match storage {
        Storage::F32 => (inputs::stratified(inputs, kinks), inputs::LARGEST_EXPONENT),
        Storage::F16 => (inputs::all_of_16_bits(|bits| half::f16::from_bits(bits).to_f32()), 10),
        Storage::Bf16 => {
            (inputs::all_of_16_bits(|bits| half::bf16::from_bits(bits).to_f32()), inputs::LARGEST_EXPONENT)
        }
    }
}

/// The nearest number that the type holds.
fn held<T: Element>(value: f32) -> f32 {
    T::from_f32(value).to_f32()
}

/// One case over the grid of inputs: with dy = 1, with random dy, and with dy that are no numbers.
async fn stratified<O: Oracle>(
    subject: &impl Subject,
    judge: &Judge<'_, O>,
    options: &Options,
) -> Result<Statistics, Error> {
    match judge.case().storage {
        Storage::F32 => stratified_in::<f32>(subject, judge, options).await,
        Storage::F16 => stratified_in::<half::f16>(subject, judge, options).await,
        Storage::Bf16 => stratified_in::<half::bf16>(subject, judge, options).await,
    }
}

async fn stratified_in<T: Element>(
    subject: &impl Subject,
    judge: &Judge<'_, impl Oracle>,
    options: &Options,
) -> Result<Statistics, Error> {
    let case = judge.case();
    if let Direction::ParameterGradient(index) = case.direction {
        return sum::check::<T>(subject, case, index).await;
    }
    let (points, largest) = grid(case.storage, options.inputs, &case.activation.kinks());
    over::<T>(subject, judge, points, largest).await
}

/// Over these inputs, which the type holds; and over dy of these exponents.
pub(crate) async fn over<T: Element>(
    subject: &impl Subject,
    judge: &Judge<'_, impl Oracle>,
    spread: Vec<f32>,
    largest_exponent: u32,
) -> Result<Statistics, Error> {
    let points = points::<T>(judge.case(), spread);
    let ones = vec![1.0; points.len()];
    let simple = compare(subject, judge, &points, &ones).await?;
    if judge.case().direction == Direction::Forward {
        return Ok(simple);
    }
    let random: Vec<f32> =
        inputs::gradients(points.len(), largest_exponent).into_iter().map(held::<T>).collect();
    let scaled = compare(subject, judge, &points, &random).await?;
    let special = compare(subject, judge, &points, &inputs::special_gradients(points.len())).await?;
    Ok(simple.merge(scaled).merge(special))
}

/// What a case is computed for: x, or from the output the y that a right forward returns.
pub(crate) fn points<T: Element>(case: &Case, mut spread: Vec<f32>) -> Vec<f32> {
    if case.direction == Direction::BackwardFromOutput {
        for x in &mut spread {
            *x = held::<T>(case.activation.exact(f64::from(*x)).value as f32);
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
    let got = subject.compute(judge.case(), [points, dy]).await?;
    check_complete(&got, points.len())?;
    Ok(judge_all(judge, points, dy, &got))
}

/// A subject that leaves results out would have them pass.
fn check_complete(results: &[f32], expected: usize) -> Result<(), Error> {
    if results.len() == expected {
        return Ok(());
    }
    let (expected, actual) = (expected as u64, results.len() as u64);
    Err(Error::LengthMismatch { operand: "the results of the subject", expected, actual })
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
    let case = Case { activation, direction, storage, learned: false };
    let judge = Judge::new(&Table, case, Backend::Gpu);
    Check::new(judge.case(), Backend::Gpu, &judge_all(&judge, x, dy, got))
}
