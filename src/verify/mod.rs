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

pub(crate) mod inputs;
mod probe;
mod report;
pub(crate) mod ulp;

#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;

use crate::activation::{Activation, Bound, Kind};
use crate::error::Error;
use crate::gpu::{Gpu, GpuBuffer};
use crate::reference::Exact;
use crate::shader::Direction;
use crate::storage::Storage;

pub use probe::Probe;
pub use report::{Adapter, Check, Report};
use ulp::{Expected, Statistics};

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
/// Those of [`Gpu::upload`], [`Gpu::forward`] and [`Gpu::read`].
pub async fn run(
    gpu: &Gpu,
    kinds: &[Kind],
    options: &Options,
    progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    run_against(gpu, kinds, options, &Table, progress).await
}

/// [`run`], waiting for it.
///
/// # Errors
/// As [`run`].
#[cfg(not(target_family = "wasm"))]
pub fn run_blocking(
    gpu: &Gpu,
    kinds: &[Kind],
    options: &Options,
    progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    pollster::block_on(run(gpu, kinds, options, progress))
}

/// What results are compared with. The table's oracle, but for the tests that see the harness fail.
pub trait Oracle: Sync {
    /// f(x) and f'(x).
    fn exact(&self, activation: &Activation, x: f64) -> Exact;

    /// f'(f⁻¹(y)); NaN where it is not a function of y.
    fn exact_from_output(&self, activation: &Activation, y: f64) -> f64 {
        activation.exact_from_output(y).unwrap_or(f64::NAN)
    }
}

/// The oracle of the table: [`Activation::exact`].
#[derive(Debug, Clone, Copy)]
pub struct Table;

impl Oracle for Table {
    fn exact(&self, activation: &Activation, x: f64) -> Exact {
        activation.exact(x)
    }
}

/// [`run`] against another oracle.
///
/// # Errors
/// As [`run`].
pub async fn run_against(
    gpu: &Gpu,
    kinds: &[Kind],
    options: &Options,
    oracle: &impl Oracle,
    mut progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    let probe = Probe::measure(gpu).await?;
    let plan: Vec<(Activation, Direction)> = kinds
        .iter()
        .flat_map(|kind| kind.samples())
        .flat_map(|activation| {
            directions(&activation).into_iter().map(move |direction| (activation, direction))
        })
        .collect();
    let mut checks = Vec::new();
    for (done, &(activation, direction)) in plan.iter().enumerate() {
        progress(Progress { done, total: plan.len(), activation, direction });
        let statistics = Case { gpu, oracle, activation, direction }.run(options).await?;
        checks.push(Check::new(
            &activation,
            direction,
            Storage::F32,
            &bound(&activation, direction),
            &statistics,
        ));
    }
    Ok(Report { adapter: Adapter::of(gpu), probe, checks })
}

/// What can be checked of an activation with these parameters.
fn directions(activation: &Activation) -> Vec<Direction> {
    let mut directions = vec![Direction::Forward, Direction::Backward];
    if activation.check_from_output().is_ok() {
        directions.push(Direction::BackwardFromOutput);
    }
    directions.extend((0..activation.kind().learnable().len()).map(Direction::BackwardParameter));
    directions
}

fn bound(activation: &Activation, direction: Direction) -> Bound {
    let budget = activation.budget();
    match direction {
        Direction::Forward => budget.forward,
        Direction::Backward => budget.backward,
        Direction::BackwardFromOutput => budget.from_output,
        Direction::BackwardParameter(index) | Direction::ParameterGradient(index) => {
            activation.budget_by_parameter(index)
        }
    }
}

/// One activation and direction on one adapter.
struct Case<'a, O> {
    gpu: &'a Gpu,
    oracle: &'a O,
    activation: Activation,
    direction: Direction,
}

impl<O: Oracle> Case<'_, O> {
    async fn run(&self, options: &Options) -> Result<Statistics, Error> {
        let mut points = inputs::stratified(options.inputs, &self.activation.kinks());
        if self.direction == Direction::BackwardFromOutput {
            // The y that a right forward returns.
            for x in &mut points {
                *x = self.activation.exact(f64::from(*x)).value as f32;
            }
        }
        let x = self.gpu.upload(&points)?;
        if self.direction == Direction::Forward {
            let y = self.gpu.forward(self.activation, &x)?;
            let got = self.gpu.read(&y).await?;
            return Ok(self.compare(&points, &vec![1.0; points.len()], &got));
        }
        let mut statistics = Statistics::default();
        let special: Vec<f32> =
            [f32::INFINITY, f32::NAN, 0.0, f32::MAX].into_iter().cycle().take(points.len()).collect();
        for dy in [vec![1.0; points.len()], inputs::gradients(points.len())] {
            let got = self.backward(&x, &dy).await?;
            statistics = statistics.merge(self.compare(&points, &dy, &got));
        }
        let got = self.backward(&x, &special).await?;
        Ok(statistics.merge(self.compare_dead(&points, &special, &got)))
    }

    async fn backward(&self, x: &GpuBuffer, dy: &[f32]) -> Result<Vec<f32>, Error> {
        let dy = self.gpu.upload(dy)?;
        let (gpu, activation) = (self.gpu, self.activation);
        let dx = match self.direction {
            Direction::BackwardFromOutput => gpu.backward_from_output(activation, x, &dy),
            Direction::BackwardParameter(index) => gpu.backward_parameter(activation, index, x, &dy),
            _ => gpu.backward(activation, x, &dy),
        }?;
        self.gpu.read(&dx).await
    }

    fn compare(&self, points: &[f32], dy: &[f32], got: &[f32]) -> Statistics {
        let budget = bound(&self.activation, self.direction);
        self.fold(points, dy, got, |x, dy, got, statistics| {
            let expected = self.expected(x, dy, &budget);
            if !x.is_nan() && !budget.speaks_of(x.into()) {
                let bad = got.is_nan() || (x.is_finite() && got.is_infinite());
                return statistics.add(if bad { f64::INFINITY } else { 0.0 }, x, dy, got, expected.exact);
            }
            let mut error = expected.error(got, budget.ulp);
            // An adapter may flush a subnormal input: then the result for zero is right as well.
            if x != 0.0 && x.is_subnormal() {
                error = error.min(self.expected(0.0, dy, &budget).error(got, budget.ulp));
            }
            statistics.add(error, x, dy, got, expected.exact);
        })
    }

    /// Where the derivative is exactly zero, not even an infinite or NaN dy gets through.
    fn compare_dead(&self, points: &[f32], dy: &[f32], got: &[f32]) -> Statistics {
        self.fold(points, dy, got, |x, dy, got, statistics| {
            let normal_or_zero = !x.is_subnormal();
            if normal_or_zero && self.derivative(f64::from(x)) == 0.0 {
                statistics.add(if got == 0.0 { 0.0 } else { f64::INFINITY }, x, dy, got, 0.0);
            }
        })
    }

    /// A browser has the one thread.
    #[cfg(target_family = "wasm")]
    fn fold(
        &self,
        points: &[f32],
        dy: &[f32],
        got: &[f32],
        add: impl Fn(f32, f32, f32, &mut Statistics),
    ) -> Statistics {
        let mut statistics = Statistics::default();
        for ((&x, &dy), &got) in points.iter().zip(dy).zip(got) {
            add(x, dy, got, &mut statistics);
        }
        statistics
    }

    #[cfg(not(target_family = "wasm"))]
    fn fold(
        &self,
        points: &[f32],
        dy: &[f32],
        got: &[f32],
        add: impl Fn(f32, f32, f32, &mut Statistics) + Sync,
    ) -> Statistics {
        const CHUNK: usize = 1 << 14;
        let chunks = (points.par_chunks(CHUNK), dy.par_chunks(CHUNK), got.par_chunks(CHUNK));
        chunks
            .into_par_iter()
            .fold(Statistics::default, |mut statistics, (points, dy, got)| {
                for ((&x, &dy), &got) in points.iter().zip(dy).zip(got) {
                    add(x, dy, got, &mut statistics);
                }
                statistics
            })
            .reduce(Statistics::default, Statistics::merge)
    }

    fn expected(&self, x: f32, dy: f32, bound: &Bound) -> Expected {
        let at = f64::from(x);
        match self.direction {
            Direction::Forward => Expected::value(self.oracle.exact(&self.activation, at).value, at, bound),
            _ => Expected::gradient(self.derivative(at), f64::from(dy), at, bound),
        }
    }

    /// The derivative in question, at x or y.
    fn derivative(&self, at: f64) -> f64 {
        match self.direction {
            Direction::Forward | Direction::Backward => self.oracle.exact(&self.activation, at).derivative,
            Direction::BackwardFromOutput => self.oracle.exact_from_output(&self.activation, at),
            Direction::BackwardParameter(index) | Direction::ParameterGradient(index) => {
                self.activation.exact_by_parameter(index, at).unwrap_or(f64::NAN)
            }
        }
    }
}
