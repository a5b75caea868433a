//! One case over the grid of inputs.

use crate::error::Error;
use crate::operation::{Direction, Function};
use crate::storage::{Element, Storage};
use crate::verify::case::Case;
use crate::verify::inputs::{self, grid, held};
use crate::verify::judge::{Judge, pairs};
use crate::verify::oracle::Oracle;
use crate::verify::parallel;
use crate::verify::subject::{Operands, Subject, check_complete};
use crate::verify::sum;
use crate::verify::ulp::Statistics;

/// How thoroughly to check.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// About how many inputs each activation and direction gets, second derivatives a quarter of it, [`MAX_INPUTS`] at most: spread over all bit patterns, and more where
    /// functions have been wrong elsewhere. (16-bit types get all 65536 numbers.)
    pub inputs: u64,
    /// How the elements lie in memory.
    pub storage: Storage,
    /// Whether gated functions and learned parameters are checked, too.
    pub families: bool,
}

/// The most inputs for each check: they and all that is made of them take about a gigabyte. [`exhaustive`](crate::verify::exhaustive) takes every f32, in chunks.
pub const MAX_INPUTS: u64 = 1 << 24;

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
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

/// One case over the grid of inputs: with dy = 1 (not second derivatives), with random dy, and with dy that are no numbers; a gate with such
/// values, too.
pub(crate) async fn stratified<O: Oracle>(
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
    // A second derivative is made of the same functions as the first, which has had the whole grid.
    let inputs = if case.direction.second_by().is_some() { options.inputs / 4 } else { options.inputs };
    let (points, largest) = grid(case.storage, inputs, &case.kinks());
    over::<T>(subject, judge, points, largest).await
}

/// Over these inputs, which the type holds; and over values and dy of these exponents.
pub(crate) async fn over<T: Element>(
    subject: &impl Subject,
    judge: &Judge<'_, impl Oracle>,
    spread: Vec<f32>,
    largest_exponent: u32,
) -> Result<Statistics, Error> {
    let case = judge.case();
    let gated = matches!(case.function, Function::Gate(_));
    let mut at = points::<T>(case, spread);
    if gated {
        at.retain(|gate| gate.is_nan() || judge.bound().speaks_of((*gate).into()));
    }
    let random = |count| held::<T>(inputs::gradients(count, largest_exponent));
    let special = inputs::special_gradients(at.len());
    let ones = vec![1.0; at.len()];
    let operands = |value, dy| Operands { at: &at, dy, value };
    if gated {
        let random = random(2 * at.len());
        let (values, dy) = random.split_at(at.len());
        let runs = [operands(values, dy), operands(values, &special), operands(&special, dy)];
        return compare_all(subject, judge, &runs, &[]).await;
    }
    let exact = exact_all(judge, &at);
    let random = random(at.len());
    let runs = [operands(&ones, &ones), operands(&ones, &random), operands(&ones, &special)];
    let runs = match case.direction {
        Direction::Forward => &runs[..1],
        Direction::Second | Direction::SecondParameter(_) => &runs[1..],
        _ => &runs,
    };
    compare_all(subject, judge, runs, &exact).await
}

/// What a case is computed for: x, or from the output the y that a right forward returns.
pub(crate) fn points<T: Element>(case: &Case, mut spread: Vec<f32>) -> Vec<f32> {
    if let (Direction::BackwardFromOutput, Some(activation)) = (case.direction, case.activation()) {
        for x in &mut spread {
            *x = activation.exact(f64::from(*x)).value as f32;
        }
        return held::<T>(spread);
    }
    spread
}

async fn compare_all<O: Oracle>(
    subject: &impl Subject,
    judge: &Judge<'_, O>,
    runs: &[Operands<'_>],
    exact: &[f64],
) -> Result<Statistics, Error> {
    let mut statistics = Statistics::default();
    for operands in runs {
        let got = subject.compute(judge.case(), *operands).await?;
        check_complete(&got, operands.at.len())?;
        statistics = statistics.merge(judge_all(judge, *operands, exact, &got));
    }
    Ok(statistics)
}

/// What results at these points are compared with, whatever the dy: this is most of a check's time.
pub(crate) fn exact_all<O: Oracle>(judge: &Judge<'_, O>, points: &[f32]) -> Vec<f64> {
    parallel::map_blocks(points, |points| judge.exact(points, &pairs(std::slice::from_ref(judge), points)))
}

/// Results for as many operands; `exact` are those of an activation at them.
pub(crate) fn judge_all<O: Oracle>(
    judge: &Judge<'_, O>,
    operands: Operands<'_>,
    exact: &[f64],
    got: &[f32],
) -> Statistics {
    let Operands { at, dy, .. } = operands;
    let gated = matches!(judge.case().function, Function::Gate(_));
    let add = |statistics: &mut Statistics, range: std::ops::Range<usize>| {
        if gated {
            return judge.compare_products(operands, range, got, statistics);
        }
        let of = range.clone();
        judge.compare(&at[of.clone()], &dy[of.clone()], &exact[of], &got[range], statistics);
    };
    let elements = at.len().min(dy.len()).min(got.len());
    parallel::fold(elements, Statistics::default, add, Statistics::merge)
}
