//! Results against the oracle.

use crate::operation::Direction;
use crate::reference::Exact;
use crate::table::Bound;
use crate::verify::backend::Backend;
use crate::verify::case::Case;
use crate::verify::oracle::Oracle;
use crate::verify::ulp::{Expected, Format, Statistics, ulp_error_or_nan};

/// f(x) and f'(x) for judges of one activation, who share its exponential. Where the bound of none of them speaks, f(0).
pub(crate) fn pairs<O: Oracle>(judges: &[Judge<'_, O>], points: &[f32]) -> Vec<Exact> {
    let mut pairs = vec![Exact { value: f64::NAN, derivative: f64::NAN }; points.len()];
    let sharing =
        |judge: &&Judge<'_, O>| matches!(judge.case.direction, Direction::Forward | Direction::Backward);
    let judges: Vec<&Judge<'_, O>> = judges.iter().filter(sharing).collect();
    let Some(first) = judges.first() else { return pairs };
    let asked = |&x: &f32| {
        let x = f64::from(x);
        if x.is_nan() || judges.iter().any(|judge| judge.bound.speaks_of(x)) { x } else { 0.0 }
    };
    let points: Vec<f64> = points.iter().map(asked).collect();
    if let Some(activation) = first.case.activation() {
        first.oracle.exact_each(&activation, &points, &mut pairs);
    }
    pairs
}

/// Judges the results of one case.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a, O> {
    pub(super) oracle: &'a O,
    pub(super) case: Case,
    pub(super) backend: Backend,
    pub(super) bound: Bound,
    pub(super) format: Format,
}

impl<'a, O: Oracle> Judge<'a, O> {
    pub(crate) fn new(oracle: &'a O, case: Case, backend: Backend) -> Self {
        Self { oracle, case, backend, bound: backend.bound(&case), format: backend.format(case.storage) }
    }

    /// Held to another bound than the backend's.
    #[cfg(test)]
    pub(crate) fn with_bound(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }

    pub(crate) fn case(&self) -> &Case {
        &self.case
    }

    /// f(x), or the derivative in question, at each point; `pairs` are those of the same points.
    pub(crate) fn exact(&self, points: &[f32], pairs: &[Exact]) -> Vec<f64> {
        match self.case.direction {
            Direction::Forward => pairs.iter().map(|pair| pair.value).collect(),
            Direction::Backward => pairs.iter().map(|pair| pair.derivative).collect(),
            _ => points.iter().map(|&at| self.exact_at(at.into())).collect(),
        }
    }

    pub(crate) fn exact_at(&self, at: f64) -> f64 {
        let Some(activation) = self.case.activation() else { return f64::NAN };
        match self.case.direction {
            Direction::Forward => self.oracle.exact(&activation, at).value,
            Direction::Backward => self.oracle.exact(&activation, at).derivative,
            Direction::BackwardFromOutput => self.oracle.exact_from_output(&activation, at),
            // Nobody asks.
            _ if !at.is_nan() && !self.bound.speaks_of(at) => f64::NAN,
            Direction::Second => activation.exact_second(None, at).unwrap_or(f64::NAN),
            Direction::SecondParameter(index) => activation.exact_second(Some(index), at).unwrap_or(f64::NAN),
            Direction::BackwardParameter(index) | Direction::ParameterGradient(index) => {
                activation.exact_by_parameter(index, at).unwrap_or(f64::NAN)
            }
        }
    }

    /// Adds the errors of results at points (with these dy; 1 forward), of which these are the exact values or derivatives.
    pub(crate) fn compare(
        &self,
        points: &[f32],
        dy: &[f32],
        exact: &[f64],
        got: &[f32],
        statistics: &mut Statistics,
    ) {
        let errors: Vec<f64> = exact
            .iter()
            .zip(dy)
            .zip(got)
            .map(|((exact, &dy), &got)| ulp_error_or_nan(self.format, got, exact * f64::from(dy)))
            .collect();
        let mut right = 0;
        for (index, error) in errors.into_iter().enumerate() {
            let (at, dy, exact, got) = (points[index], dy[index], exact[index], got[index]);
            // Most results are numbers that are right to an ulp, and want no allowance. (NaN may be right, or that of 0 * infinity.)
            if error <= 0.5 && self.bound.domain.is_none() {
                if error == 0.0 && statistics.worst.is_some() {
                    right += 1;
                } else {
                    statistics.add(error, at, dy, got, exact * f64::from(dy));
                }
            } else {
                let expected = self.expected(at, exact, dy);
                let error = self.error(at, dy, exact, &expected, got);
                statistics.add(error, at, dy, got, expected.exact);
            }
        }
        statistics.add_right(right);
    }

    fn expected(&self, at: f32, exact: f64, dy: f32) -> Expected {
        match self.case.direction {
            Direction::Forward => Expected::value(self.format, exact, at.into(), &self.bound),
            _ => Expected::gradient(self.format, exact, dy.into(), at.into(), &self.bound),
        }
    }

    fn error(&self, at: f32, dy: f32, exact: f64, expected: &Expected, got: f32) -> f64 {
        let beyond = !at.is_nan() && !self.bound.speaks_of(at.into());
        if beyond && dy.is_finite() {
            return if self.lies_beyond(at, dy, got) { 0.0 } else { f64::INFINITY };
        }
        if !at.is_nan() && (dy == 0.0 || !dy.is_finite()) {
            let right = beyond || at.is_subnormal() || self.passes_on(at, dy, exact, got);
            return if right { 0.0 } else { f64::INFINITY };
        }
        let error = expected.error(got, self.bound.ulp);
        // An adapter may flush a subnormal input: then the result for zero is right as well.
        if at.is_subnormal() && error > 0.5 {
            let zero = 0f32.copysign(at);
            let flushed = self.expected(zero, self.exact_at(zero.into()), dy);
            return error.min(flushed.error(got, self.bound.ulp));
        }
        error
    }

    /// Whether this may be the result for an input beyond the bound's domain.
    fn lies_beyond(&self, at: f32, dy: f32, got: f32) -> bool {
        let [one, other] = [self.bound.beyond.0, self.bound.beyond.1].map(|end| end * f64::from(dy));
        let number = self.format.number(got);
        let between = one.min(other) <= number && number <= one.max(other);
        between || (at.is_infinite() && !got.is_nan())
    }

    /// Whether this may become of a dy that is infinite, NaN or 0. Where the derivative is exactly 0 none of them gets through;
    /// elsewhere they do, with the derivative's sign.
    fn passes_on(&self, at: f32, dy: f32, derivative: f64, got: f32) -> bool {
        let size = derivative.abs();
        if derivative == 0.0 {
            return got == 0.0;
        }
        if derivative.is_nan() {
            return got.is_nan();
        }
        if dy == 0.0 {
            // Times a derivative that f32 does not have, 0 may become anything.
            return got == 0.0 || size > f32::MAX.into();
        }
        // A derivative that an adapter may flush, or a bound may take for 0, may also kill the unit or have either sign.
        let uncertain = size < self.format.vanishing() || size <= self.bound.floor_at(at.into());
        if dy.is_nan() {
            return got.is_nan() || (uncertain && got == 0.0);
        }
        let right = f64::from(got) == f64::from(dy) * derivative.signum();
        right || (uncertain && (got == 0.0 || got.is_infinite()))
    }
}
