//! Gates against exact values: what their product adds to the activation's own error.

use std::cell::OnceCell;
use std::ops::Range;

use crate::operation::{Direction, Function};
use crate::table::Activation;
use crate::verify::backend::Backend;
use crate::verify::judge::Judge;
use crate::verify::oracle::Oracle;
use crate::verify::subject::Operands;
use crate::verify::ulp::{Format, Statistics, rounded_floor, ulp_error, ulp_error_or_nan};

/// An exact result, as a product.
#[derive(Clone, Copy)]
struct Point {
    /// The activation, or a derivative.
    own: f64,
    times: f64,
    exact: f64,
}

impl Point {
    const NONE: Self = Self { own: f64::NAN, times: f64::NAN, exact: f64::NAN };
}

impl<O: Oracle> Judge<'_, O> {
    /// Adds the errors of the results of a gate.
    pub(crate) fn compare_products(
        &self,
        operands: Operands<'_>,
        range: Range<usize>,
        got: &[f32],
        statistics: &mut Statistics,
    ) {
        let Operands { at, dy, value } = operands;
        for index in range {
            let (error, exact) = self.product_error([value[index], at[index], dy[index]], got[index]);
            statistics.add(error, at[index], dy[index], got[index], exact);
        }
    }

    /// The exact result for a value, a gate and dy.
    fn product(&self, [value, gate, dy]: [f64; 3]) -> Point {
        let Function::Gate(function) = self.case.function else { return Point::NONE };
        // Of the gate alone: the same for every value.
        let known = OnceCell::new();
        let at = |value| {
            let exact = |activation: &Activation, x| *known.get_or_init(|| self.oracle.exact(activation, x));
            function.exact_by(value, gate, exact)
        };
        // A derivative of 0 stops every dy.
        let gradient = |derivative: f64| if derivative == 0.0 { 0.0 } else { derivative * dy };
        match self.case.direction {
            Direction::Forward => {
                let y = at(value).y;
                // A value of 0 is within every limit.
                let own = at(0.0).d_value;
                Point { own, times: y / own, exact: y }
            }
            Direction::BackwardParameter(index) => {
                let activation = self.case.activation();
                let own = activation.and_then(|it| it.exact_by_parameter(index, gate)).unwrap_or(f64::NAN);
                let derivative = if own == 0.0 { 0.0 } else { value * own };
                Point { own, times: value * dy, exact: gradient(derivative) }
            }
            _ if self.case.by_value => {
                let own = at(value).d_value;
                Point { own, times: dy, exact: gradient(own) }
            }
            _ => {
                let own = at(self.case.unit_value()).d_gate;
                let d_gate = at(value).d_gate;
                Point { own, times: d_gate / own * dy, exact: gradient(d_gate) }
            }
        }
    }

    /// The error in the bound's ulp, and the exact result.
    fn product_error(&self, [value, gate, dy]: [f32; 3], got: f32) -> (f64, f64) {
        let point = |gate: f32| self.product([value, gate, dy].map(f64::from));
        let at = point(gate);
        if self.is_0_times_too_much(&at, value, dy) {
            return (0.0, at.exact);
        }
        let error = self.product_error_at(at, gate.into(), got);
        if error > 0.0 && gate.is_subnormal() {
            // An adapter may flush it.
            return (error.min(self.product_error_at(point(0f32.copysign(gate)), 0.0, got)), at.exact);
        }
        (error, at.exact)
    }

    /// 0 times what f32 does not have may be anything.
    fn is_0_times_too_much(&self, at: &Point, value: f32, dy: f32) -> bool {
        let factors = match self.case.direction {
            Direction::Forward => [value; 2],
            _ if self.case.by_value => [dy; 2],
            _ => [value, dy],
        };
        at.own.abs() > f32::MAX.into() && factors.contains(&0.0) && !factors.iter().any(|it| it.is_nan())
    }

    fn product_error_at(&self, at: Point, gate: f64, got: f32) -> f64 {
        let Point { own, times, exact } = at;
        let (number, size) = (f64::from(got), own.abs());
        let right = |right: bool| if right { 0.0 } else { f64::INFINITY };
        let floor = self.bound.floor_at(gate);
        // What is within the bound may be just below the smallest normal number where the exact one is just above.
        let smallest = self.format.flushed() * (1.0 + self.bound.ulp * f64::from(f32::EPSILON));
        // What an adapter may flush, or a floor takes for 0, may be 0 or have either sign.
        let uncertain = size < smallest.max(self.format.vanishing()) || size <= floor;
        if exact == 0.0 {
            return right(number == 0.0);
        }
        if !exact.is_finite() {
            let as_expected = if exact.is_nan() { number.is_nan() } else { number == exact };
            return right(as_expected || (uncertain && (number == 0.0 || number.is_infinite())));
        }
        let overflows = size > f32::MAX.into() && number == exact.signum() * f64::INFINITY;
        let off = (number - exact).abs();
        let flushed = smallest * if size < smallest { times.abs().max(1.0) } else { 1.0 };
        if overflows || (exact.abs() < flushed && off <= flushed) {
            return 0.0;
        }
        let beyond =
            (ulp_error(self.format, got, exact) * ulp(self.format, exact) - self.rounding(exact)).max(0.0);
        let relative = beyond / self.unit(at);
        let floor = rounded_floor(self.format, floor * times.abs(), exact);
        if floor > 0.0 && off.is_finite() { relative.min(self.bound.ulp * beyond / floor) } else { relative }
    }

    /// What rounding the product adds; nothing where the bound is of the result.
    fn rounding(&self, exact: f64) -> f64 {
        match (self.is_of_result(), self.is_of_one_factor()) {
            (true, _) => 0.0,
            (false, false) => 2f64.powi(-24) * exact.abs(),
            (false, true) => 0.5 * ulp(Format::F32, exact),
        }
    }

    /// An ulp of the bound.
    fn unit(&self, at: Point) -> f64 {
        if !self.is_of_result() && self.is_of_one_factor() {
            ulp(Format::F32, at.own) * at.times.abs()
        } else {
            ulp(self.format, at.exact)
        }
    }

    /// Whether the bound is of the result itself, and not of the activation: the CPU's is, and any in 16 bits.
    fn is_of_result(&self) -> bool {
        self.backend == Backend::Cpu || self.format != Format::F32 || !self.case.is_product()
    }

    /// Whether the result is the activation times one factor: y, d_value.
    fn is_of_one_factor(&self) -> bool {
        self.case.direction == Direction::Forward || self.case.by_value
    }
}

/// The distance between neighbouring numbers around one that is not 0: itself, over how many of them it is from 0.
fn ulp(format: Format, number: f64) -> f64 {
    let limited = number.abs().min(format.number(f32::INFINITY));
    limited / ulp_error_or_nan(format, 0.0, limited)
}
