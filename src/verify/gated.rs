//! Gated functions against exact values: what their product adds to the activation's own error.

use std::cell::OnceCell;

use crate::activation::{Activation, Bound, Kind};
use crate::error::Error;
use crate::gate::{Gate, GateExact, GateKind};
use crate::storage::{Element, Storage};
use crate::verify::backend::Backend;
use crate::verify::judge::Oracle;
use crate::verify::parallel;
use crate::verify::subject::Subject;
use crate::verify::ulp::{Format, SMALLEST_NORMAL, Statistics, ulp_error, ulp_error_or_nan};
use crate::verify::{check_complete, grid, held, inputs};

/// One result of a gated function, in one storage type.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GatedCase {
    /// The function.
    pub gate: Gate,
    /// Which of its results.
    pub output: GateOutput,
    /// How the elements lie in memory.
    pub storage: Storage,
}

/// A result of a gated function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOutput {
    /// y
    Y,
    /// ∂y/∂value · dy
    Value,
    /// ∂y/∂gate · dy
    Gate,
}

impl GatedCase {
    /// The gated functions that call this activation's: its product, with its defaults (or the table's first parameter values: those
    /// make no difference to a product), and the clamped SwiGLU, which is made of swish.
    pub(crate) fn all(kind: Kind, storage: Storage) -> Vec<Self> {
        let product = kind.samples().first().map(|activation| Gate::from(*activation));
        let clamped = Some(Gate::CLAMPED_SWIGLU).filter(|gate| gate.kind().activation() == kind);
        let outputs = [GateOutput::Y, GateOutput::Value, GateOutput::Gate];
        let cases = |gate| outputs.map(|output| Self { gate, output, storage });
        product.into_iter().chain(clamped).flat_map(cases).collect()
    }

    /// `gated_forward`, `gated_backward_value`, `gated_backward_gate`.
    #[must_use]
    pub fn direction_name(&self) -> &'static str {
        match self.output {
            GateOutput::Y => "gated_forward",
            GateOutput::Value => "gated_backward_value",
            GateOutput::Gate => "gated_backward_gate",
        }
    }

    /// How far the results may be from the exact ones beside one rounding of the product, in ulp of the activation (of its product with
    /// value and dy for the gate's gradient): the activation's own bound. The clamped SwiGLU adds and multiplies more; its
    /// bound is in ulp of its result.
    #[must_use]
    pub fn bound(&self) -> Bound {
        match self.gate.activation() {
            Some(activation) if self.output == GateOutput::Gate => activation.budget().backward,
            Some(activation) => activation.budget().forward,
            // Swish's 1.9 may double in the product's ulp, and there are two roundings more; 2.8 is measured.
            None if self.output != GateOutput::Gate => Bound::ulp(4.0),
            None => {
                Bound::ulp(6.0).with_floor(2.5e-7, (-0.85, -0.65), "the derivative of swish crosses zero")
            }
        }
    }

    fn exact(&self, oracle: &impl Oracle, [value, gate, dy]: [f64; 3]) -> Point {
        // Of the gate alone: the same for every value.
        let known = OnceCell::new();
        let at = |value| {
            self.gate
                .exact_by(value, gate, |activation, x| *known.get_or_init(|| oracle.exact(activation, x)))
        };
        let GateExact { y, d_value, d_gate } = at(value);
        // A derivative of 0 stops every dy.
        let gradient = |derivative: f64| if derivative == 0.0 { 0.0 } else { derivative * dy };
        match self.output {
            GateOutput::Y => {
                // A value of 0 is within every limit.
                let own = at(0.0).d_value;
                Point { own, times: y / own, exact: y }
            }
            GateOutput::Value => Point { own: d_value, times: dy, exact: gradient(d_value) },
            GateOutput::Gate => {
                // The value whose factor is 1.
                let own = at(if self.gate.activation().is_some() { 1.0 } else { 0.0 }).d_gate;
                Point { own, times: d_gate / own * dy, exact: gradient(d_gate) }
            }
        }
    }
}

/// An exact result, as a product.
#[derive(Clone, Copy)]
struct Point {
    /// The activation, or a derivative.
    own: f64,
    times: f64,
    exact: f64,
}

/// Judges the results of one case.
struct GateJudge<'a, O> {
    oracle: &'a O,
    case: GatedCase,
    backend: Backend,
    bound: Bound,
    format: Format,
}

impl<O: Oracle> GateJudge<'_, O> {
    /// The error in the bound's ulp, and the exact result.
    fn error(&self, [value, gate, dy]: [f32; 3], got: f32) -> (f64, f64) {
        let point = |gate: f32| self.case.exact(self.oracle, [value, gate, dy].map(f64::from));
        let at = point(gate);
        let error = self.error_at(at, gate.into(), got);
        if error > 0.0 && gate.is_subnormal() {
            // An adapter may flush it.
            return (error.min(self.error_at(point(0.0), 0.0, got)), at.exact);
        }
        (error, at.exact)
    }

    fn error_at(&self, at: Point, gate: f64, got: f32) -> f64 {
        let Point { own, times, exact } = at;
        let (number, size) = (f64::from(got), own.abs());
        let right = |right: bool| if right { 0.0 } else { f64::INFINITY };
        let floor = self.bound.floor_at(gate);
        // What is within the bound may be just below the smallest normal number where the exact one is just above.
        let smallest = SMALLEST_NORMAL * (1.0 + self.bound.ulp * f64::from(f32::EPSILON));
        // What an adapter may flush, or a floor takes for 0, may be 0 or have either sign.
        let uncertain = size < smallest || size <= floor;
        if exact == 0.0 {
            // 0 times what f32 does not have may be anything.
            return right(number == 0.0 || (times == 0.0 && size > f32::MAX.into()));
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
        let floor = floor * times.abs();
        if floor > 0.0 && off.is_finite() { relative.min(self.bound.ulp * beyond / floor) } else { relative }
    }

    /// What rounding the product adds, and that to 16 bits; nothing where the bound is of the result.
    fn rounding(&self, exact: f64) -> f64 {
        if self.backend == Backend::Cpu {
            return 0.0;
        }
        let product = match (self.case.gate.kind(), self.case.output) {
            (GateKind::Product(_), GateOutput::Gate) => 2f64.powi(-24) * exact.abs(),
            (GateKind::Product(_), _) => 0.5 * ulp(Format::F32, exact),
            _ => 0.0,
        };
        let stored = if self.format == Format::F32 { 0.0 } else { 0.5 * ulp(self.format, exact) };
        product + stored
    }

    /// An ulp of the bound.
    fn unit(&self, at: Point) -> f64 {
        if self.backend == Backend::Cpu {
            return ulp(self.format, at.exact);
        }
        match (self.case.gate.kind(), self.case.output) {
            (GateKind::Product(_), GateOutput::Y | GateOutput::Value) => {
                ulp(Format::F32, at.own) * at.times.abs()
            }
            _ => ulp(Format::F32, at.exact),
        }
    }
}

/// The distance between neighbouring numbers around one that is not 0: itself, over how many of them it is from 0.
fn ulp(format: Format, number: f64) -> f64 {
    let limited = number.abs().min(format.number(f32::INFINITY));
    limited / ulp_error_or_nan(format, 0.0, limited)
}

/// Over a grid of gates, with random values and dy, and with such as are no numbers.
pub(super) async fn check<T: Element>(
    subject: &impl Subject,
    oracle: &impl Oracle,
    case: GatedCase,
    inputs: u64,
) -> Result<Statistics, Error> {
    let kinks = case.gate.activation().map(|activation| activation.kinks()).unwrap_or_default();
    let (gates, largest_exponent) = grid(case.storage, inputs, &kinks);
    let backend = subject.adapter().computes_on();
    let bound = backend.gated_bound(&case);
    let judge = GateJudge { oracle, case, backend, bound, format: Format::of(case.storage) };
    let spoken_of = |gate: &f32| gate.is_nan() || judge.bound.speaks_of((*gate).into());
    let gates: Vec<f32> = gates.into_iter().filter(spoken_of).collect();
    let random: Vec<f32> =
        inputs::gradients(2 * gates.len(), largest_exponent).into_iter().map(held::<T>).collect();
    let (values, dy) = random.split_at(gates.len());
    let special = inputs::special_gradients(gates.len());
    let mut statistics = Statistics::default();
    for operands in [[values, &gates, dy], [values, &gates, &special], [&special, &gates, dy]] {
        let got = subject.compute_gated(&case, operands).await?;
        check_complete(&got, gates.len())?;
        let add = |statistics: &mut Statistics, range: std::ops::Range<usize>| {
            for index in range {
                let [value, gate, dy] = operands.map(|operand| operand[index]);
                let (error, exact) = judge.error([value, gate, dy], got[index]);
                statistics.add(error, gate, dy, got[index], exact);
            }
        };
        statistics =
            statistics.merge(parallel::fold(gates.len(), Statistics::default, add, Statistics::merge));
    }
    Ok(statistics)
}

/// The check of a report, if it is one of these.
pub(super) fn find(parameters: &str, direction: &str, storage: Storage) -> Option<GatedCase> {
    let gate: Gate = parameters.parse().ok()?;
    let same = |case: &GatedCase| case.gate == gate && case.direction_name() == direction;
    GatedCase::all(gate.kind().activation(), storage).into_iter().find(same)
}

/// What a report calls it: the activation's name, or the gate's own.
pub(super) fn name(gate: &Gate) -> &'static str {
    gate.activation().map_or_else(|| gate.kind().name(), |activation: Activation| activation.kind().name())
}
