//! Runs over many cases.

use crate::error::Error;
use crate::operation::Direction;
use crate::storage::Storage;
use crate::table::{Activation, Kind};
use crate::verify::backend::Backend;
use crate::verify::case::Case;
use crate::verify::grid::{Options, exact_all, judge_all, stratified};
use crate::verify::judge::Judge;
use crate::verify::oracle::{Oracle, Table};
use crate::verify::report::{Check, Report};
use crate::verify::subject::{Operands, Subject};

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
/// ```no_run
/// # async fn example() -> Result<(), wgpu_activations::Error> {
/// use wgpu_activations::{Gpu, Kind, Options, verify};
/// let gpu = Gpu::request(&Options::from_env()).await?;
/// let kinds = [Kind::Silu, Kind::GeluErf];
/// let report = verify::run(&gpu, &kinds, &verify::Options::default(), |at| println!("{}", at.next)).await?;
/// assert!(report.passed(), "{report}");
/// # Ok(()) }
/// ```
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
    let elementwise = samples.flat_map(|it| Case::all_in(it, options.storage));
    let families = families(kinds, options.storage).filter(|_| options.families);
    let cases: Vec<Case> = elementwise.chain(families).collect();
    let backend = Backend::of(&subject.adapter(), probe.as_ref());
    let checks = check_all(subject, backend, &cases, options, oracle, &mut progress).await?;
    Ok(Report::new(subject.adapter(), false, probe, checks))
}

/// Checks what is made of these activations beside themselves: gated functions, and learned parameters. [`run`] does, too; an
/// [`exhaustive`](crate::verify::exhaustive) run takes each by itself.
///
/// # Errors
/// As [`run`].
pub async fn run_families(
    subject: &impl Subject,
    kinds: &[Kind],
    options: &Options,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Vec<Check>, Error> {
    let cases: Vec<Case> = families(kinds, options.storage).collect();
    let backend = Backend::of(&subject.adapter(), subject.probe().await?.as_ref());
    check_all(subject, backend, &cases, options, &Table, &mut progress).await
}

fn families(kinds: &[Kind], storage: Storage) -> impl Iterator<Item = Case> {
    let learned = kinds.iter().flat_map(|kind| kind.samples());
    let learned = learned.flat_map(move |activation| Case::all_learned(activation, storage));
    learned.chain(kinds.iter().flat_map(move |kind| Case::all_gated(*kind, storage)))
}

async fn check_all<O: Oracle>(
    subject: &impl Subject,
    backend: Backend,
    cases: &[Case],
    options: &Options,
    oracle: &O,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Vec<Check>, Error> {
    options.check()?;
    let mut checks = Vec::new();
    for (done, case) in cases.iter().enumerate() {
        progress(Progress { done, total: cases.len(), next: &case.to_string() });
        let statistics = stratified(subject, &Judge::new(oracle, *case, backend), options).await?;
        checks.push(Check::new(case, backend, &statistics));
    }
    Ok(checks)
}

/// Judges results that were computed elsewhere: `got[i]` for `x[i]` and `dy[i]` (any values forward, where there is no dy), as far as
/// the shortest of the three goes. From the output, `x` holds the y. Of the adapter nothing is known: its division may be off as far as
/// WGSL lets it.
///
/// ```
/// use wgpu_activations::{Activation, Direction, Storage, verify};
/// let x = [-1.0_f32, 0.5, 2.0];
/// let y = x.map(|x| x.max(0.0)); // computed elsewhere
/// let check = verify::judge(Activation::RELU, Direction::Forward, Storage::F32, &x, &[1.0; 3], &y);
/// assert!(check.pass, "{check}");
/// ```
#[must_use]
pub fn judge(
    activation: Activation,
    direction: Direction,
    storage: Storage,
    x: &[f32],
    dy: &[f32],
    got: &[f32],
) -> Check {
    let backend = Backend::Gpu { rounds_quotients: false };
    let judge = Judge::new(&Table, Case::new(activation, direction, storage), backend);
    let operands = Operands { at: x, dy, value: &[] };
    Check::new(judge.case(), backend, &judge_all(&judge, operands, &exact_all(&judge, x), got))
}
