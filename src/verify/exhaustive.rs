//! All 2^32 bit patterns as x.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::error::Error;
use crate::operation::Direction;
use crate::table::{Activation, Bound};
use crate::verify::backend::Backend;
use crate::verify::case::Case;
use crate::verify::grid::{Options, stratified};
use crate::verify::judge::{Judge, pairs};
use crate::verify::oracle::{Oracle, Table};
use crate::verify::parallel::{self, BLOCK};
use crate::verify::report::Check;
use crate::verify::subject::{CHUNK, Subject, Sweep, check_complete};
use crate::verify::ulp::Statistics;

/// The inputs of [`exhaustive`], for each direction.
pub const PATTERNS: u64 = 1 << 32;

/// Checks every direction of one activation for every f32 there is as x, with dy = 1; then over the grid of inputs as any run does,
/// with random dy among others, through the kernels that everyone uses. `progress` is called with the number of bit patterns
/// that are done.
///
/// From the output, the bit patterns are y: those from the least to the greatest value of the function, and NaN; others it
/// never returns.
///
/// # Errors
/// The subject's; [`Error::LengthMismatch`] if it returns fewer results than it should, or more.
pub async fn exhaustive<S: Subject>(
    subject: &S,
    activation: Activation,
    oracle: &impl Oracle,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Check>, Error> {
    let cases = Case::all(activation);
    let sweeps = cases.iter().map(|case| subject.sweep(case)).collect::<Result<Vec<_>, _>>()?;
    let backend = Backend::of(&subject.adapter(), subject.probe().await?.as_ref());
    let judges = cases.into_iter().map(|case| Judge::new(oracle, case, backend)).collect();
    let jury = Jury { judges, range: range(&activation) };
    let start =
        |first: u64| sweeps.iter().map(|sweep| sweep.start(first as u32)).collect::<Result<Vec<_>, _>>();
    let mut statistics = jury.no_statistics();
    let mut running = start(0)?;

    for first in (0..PATTERNS).step_by(CHUNK) {
        let next = first + CHUNK as u64;
        // What comes next is computed while this is judged.
        let queued = if next < PATTERNS { start(next)? } else { Vec::new() };
        let mut results = Vec::new();
        for direction in std::mem::replace(&mut running, queued) {
            let direction = direction.await?;
            check_complete(&direction, CHUNK)?;
            results.push(direction);
        }
        let results: Vec<&[f32]> = results.iter().map(|results| &**results).collect();
        statistics = merge(statistics, jury.judge(first, &results));
        progress(next);
    }
    let mut checks = Vec::new();
    for (judge, every) in jury.judges.iter().zip(statistics) {
        let grid = stratified(subject, judge, &Options::default()).await?;
        checks.push(Check::new(judge.case(), backend, &every.merge(grid)));
    }
    Ok(checks)
}

/// The values of f, both ends included. A function whose derivative follows from the output is monotone between its kinks, so its
/// limits there and at the infinities are the ends, where they are numbers; for others nobody asks.
fn range(activation: &Activation) -> (f32, f32) {
    let beside = |kink: f64| [(kink as f32).next_down(), kink as f32, (kink as f32).next_up()];
    let points = activation.kinks().into_iter().flat_map(beside).chain([f32::NEG_INFINITY, f32::INFINITY]);
    let values = points.map(|x| activation.exact(x.into()).value as f32);
    values.fold((f32::NAN, f32::NAN), |(low, high), value| (low.min(value), high.max(value)))
}

/// The judges of all directions, who look at the same inputs.
struct Jury<'a, O> {
    judges: Vec<Judge<'a, O>>,
    /// Of the function.
    range: (f32, f32),
}

impl<O: Oracle> Jury<'_, O> {
    fn no_statistics(&self) -> Vec<Statistics> {
        vec![Statistics::default(); self.judges.len()]
    }

    /// What became of a chunk in every direction.
    fn judge(&self, first: u64, results: &[&[f32]]) -> Vec<Statistics> {
        let add = |statistics: &mut Vec<Statistics>, range: Range<usize>| {
            let points: Vec<f32> = range.clone().map(|index| pattern(first + index as u64)).collect();
            let pairs = pairs(&self.judges, &points);
            for ((judge, results), statistics) in self.judges.iter().zip(results).zip(statistics) {
                let got = &results[range.clone()];
                if judge.case().direction == Direction::BackwardFromOutput {
                    self.compare_outputs(judge, &points, got, statistics);
                } else {
                    judge.compare(&points, &ONES, &judge.exact(&points, &pairs), got, statistics);
                }
            }
        };
        parallel::fold(CHUNK, || self.no_statistics(), add, merge)
    }

    fn compare_outputs(
        &self,
        judge: &Judge<'_, O>,
        points: &[f32],
        got: &[f32],
        statistics: &mut Statistics,
    ) {
        let (low, high) = self.range;
        let possible = |y: f32| y.is_nan() || (low <= y && y <= high);
        if points.iter().all(|&y| possible(y)) {
            return judge.compare(points, &ONES, &judge.exact(points, &[]), got, statistics);
        }
        let pairs = points.iter().copied().zip(got.iter().copied());
        let (points, got): (Vec<f32>, Vec<f32>) = pairs.filter(|(y, _)| possible(*y)).unzip();
        judge.compare(&points, &ONES, &judge.exact(&points, &[]), &got, statistics);
    }
}

/// The dy of a block.
const ONES: [f32; BLOCK] = [1.0; BLOCK];

fn pattern(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn merge(one: Vec<Statistics>, other: Vec<Statistics>) -> Vec<Statistics> {
    one.into_iter().zip(other).map(|(one, other)| one.merge(other)).collect()
}

impl Case {
    /// Stands for everything in this build that an error of this subject depends on: what computes, the oracle, how results are
    /// judged. Results with the same fingerprint on the same adapter need no new run.
    #[must_use]
    pub fn fingerprint(&self, subject: &impl Subject) -> u64 {
        const ORACLE: [&str; 3] = [
            include_str!("../reference/mod.rs"),
            include_str!("../reference/double_double.rs"),
            include_str!("../reference/normal.rs"),
        ];
        const JUDGE: [&str; 11] = [
            include_str!("backend.rs"),
            include_str!("case.rs"),
            include_str!("exhaustive.rs"),
            include_str!("grid.rs"),
            include_str!("inputs.rs"),
            include_str!("judge.rs"),
            include_str!("oracle.rs"),
            include_str!("parallel.rs"),
            include_str!("product.rs"),
            include_str!("report.rs"),
            include_str!("ulp.rs"),
        ];
        // What the adapter's division does is the adapter's, and a floor's part of the budget does not depend on it.
        let backend = Backend::of(&subject.adapter(), None);
        let judge = Judge::new(&Table, *self, backend);
        // Which of the oracle's functions the row names.
        let oracle = [-3.0, -0.5, 0.25, 2.0].map(|at| judge.exact_at(at).to_bits());
        let Bound { ulp, floor, domain, beyond, .. } = backend.bound(self);
        let mut hasher = DefaultHasher::new();
        (ORACLE, oracle, JUDGE, subject.source(self)).hash(&mut hasher);
        format!("{self:?} {:?} {:?}", self.function.arguments(), self.kinks()).hash(&mut hasher);
        // Errors within a floor are scaled to the budget; others do not depend on it.
        format!("{domain:?} {beyond:?} {:?}", floor.map(|floor| (floor, ulp))).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Gpu, Shaders};

    fn case() -> Case {
        Case::all(Activation::SILU)[1]
    }

    /// The grid of an exhaustive run goes through the kernels that everyone uses.
    #[test]
    fn the_fingerprint_is_of_all_that_computes() {
        let gpu = Gpu::new_blocking().unwrap();
        let source = gpu.source(&case());
        for file in [
            include_str!("../../shaders/shells/elementwise.wgsl"),
            include_str!("../../shaders/shells/job.wgsl"),
            include_str!("../../shaders/shells/sweep.wgsl"),
            include_str!("../../shaders/storage/f32_narrow.wgsl"),
            include_str!("../../shaders/storage/f32_wide.wgsl"),
            include_str!("../plan/segments.rs"),
            include_str!("../device/builder.rs"),
            Activation::SILU.kind().row().wgsl,
        ] {
            assert!(source.contains(file), "it does not depend on {file}");
        }
        let library = case().fingerprint(&gpu);
        let mut shaders = Shaders::default();
        shaders.replace("math/divide", "// another\n").unwrap();
        assert_ne!(case().fingerprint(&gpu.with_shaders(shaders)), library);
    }

    #[cfg(feature = "cpu")]
    #[test]
    fn the_fingerprint_on_the_cpu_is_of_all_that_computes() {
        let source = crate::cpu::Cpu::new().source(&case());
        for file in [include_str!("../cpu/parameters.rs"), include_str!("../cpu/functions.rs")] {
            assert!(source.contains(file), "it does not depend on {file}");
        }
    }
}
