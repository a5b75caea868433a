//! How far results are from the oracle's: a bound of this backend's own, tighter than the rows' budgets.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use super::{Cpu, Threads};
use crate::activation::{Activation, Bound, Kind};
use crate::shader::Direction;
use crate::verify::inputs::{LARGEST_EXPONENT, gradients, stratified};
use crate::verify::ulp::{Expected, Format, Statistics};

/// What the module's documentation promises, without a floor.
const ULP: f64 = 0.501;

/// Up to here |alpha x| of snake is promised anything; the oracle gives its digits no further.
const SNAKE_END: f64 = 1_048_576.0;

struct Case {
    activation: Activation,
    direction: Direction,
    bound: Bound,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.iter().flat_map(|kind| kind.samples()).flat_map(|activation| {
            let mut directions = vec![Direction::Forward, Direction::Backward];
            if activation.check_from_output().is_ok() {
                directions.push(Direction::BackwardFromOutput);
            }
            directions.extend((0..activation.kind().learnable().len()).map(Direction::BackwardParameter));
            let bound = match activation.kind() {
                Kind::Snake => Bound::ulp(ULP).up_to(SNAKE_END / f64::from(activation.parameters()[0]).abs()),
                _ => Bound::ulp(ULP),
            };
            directions.into_iter().map(move |direction| Self { activation, direction, bound })
        })
    }

    /// Over all bit patterns; from the output, those that a right forward returns.
    fn points(&self) -> Vec<f32> {
        let mut points = stratified(1 << 16, &self.activation.kinks());
        if self.direction == Direction::BackwardFromOutput {
            for x in &mut points {
                *x = self.activation.exact((*x).into()).value as f32;
            }
        }
        points
    }

    fn compute(&self, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        let (cpu, activation) = (Cpu::with_threads(Threads::One), self.activation);
        let result = match self.direction {
            Direction::Forward => cpu.forward(activation, x, &mut out),
            Direction::BackwardFromOutput => cpu.backward_from_output(activation, x, dy, &mut out),
            Direction::BackwardParameter(index) => cpu.backward_parameter(activation, index, x, dy, &mut out),
            _ => cpu.backward(activation, x, dy, &mut out),
        };
        assert_eq!(result, Ok(()));
        out
    }

    /// The value forward, else the derivative in question.
    fn exact(&self, at: f64) -> f64 {
        match self.direction {
            Direction::Forward => self.activation.exact(at).value,
            Direction::BackwardFromOutput => self.activation.exact_from_output(at).unwrap_or(f64::NAN),
            Direction::BackwardParameter(index) => {
                self.activation.exact_by_parameter(index, at).unwrap_or(f64::NAN)
            }
            _ => self.activation.exact(at).derivative,
        }
    }

    fn error(&self, x: f32, dy: f32, got: f32) -> (f64, f64) {
        let at = f64::from(x);
        let exact = self.exact(at);
        let expected = match self.direction {
            Direction::Forward => Expected::value(Format::F32, exact, at, &self.bound),
            _ => Expected::gradient(Format::F32, exact, dy.into(), at, &self.bound),
        };
        let speaks = x.is_nan() || self.bound.speaks_of(at);
        let harmless = !got.is_nan() && (got.is_finite() || x.is_infinite());
        let elsewhere = if harmless { 0.0 } else { f64::INFINITY };
        (if speaks { expected.error(got, ULP) } else { elsewhere }, expected.exact)
    }
}

/// Every row, its samples, and every direction.
#[test]
fn results_are_within_their_bound() {
    for case in Case::all() {
        let x = case.points();
        let mut statistics = Statistics::default();
        for dy in [vec![1.0; x.len()], gradients(x.len(), LARGEST_EXPONENT)] {
            let got = case.compute(&x, &dy);
            for ((&x, &dy), &got) in x.iter().zip(&dy).zip(&got) {
                let (error, exact) = case.error(x, dy, got);
                statistics.add(error, x, dy, got, exact);
            }
        }
        let name = case.direction.name(case.activation.kind());
        assert!(
            statistics.count > 0 && statistics.max <= ULP,
            "{} {name}: {} at (x, dy, got, exact) = {:?}",
            case.activation,
            statistics.max,
            statistics.worst
        );
    }
}

/// Where the derivative is 0, not even an infinite or NaN dy gets through.
#[test]
fn a_derivative_of_zero_stops_every_gradient() {
    for case in Case::all().filter(|case| case.direction != Direction::Forward) {
        let x = case.points();
        for dy in [f32::NAN, f32::INFINITY, f32::MAX] {
            let got = case.compute(&x, &vec![dy; x.len()]);
            let dead = |&(&x, &got): &(&f32, &f32)| case.exact(x.into()) == 0.0 && got != 0.0;
            let passed_on = x.iter().zip(&got).find(dead);
            let name = case.direction.name(case.activation.kind());
            assert_eq!(passed_on, None, "{} {name}, dy = {dy}", case.activation);
        }
    }
}
