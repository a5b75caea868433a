//! Gated functions on the CPU, one pair of a value and a gate at a time.

use std::marker::PhantomData;

use super::functions::{Silu, Softcap, Swish};
use super::math::{Logistic, times};
use super::scalar::{Coefficients, Derivative, Scalar};

/// A gated function at one point: y and its derivatives.
pub(super) struct Gated {
    pub(super) y: f64,
    pub(super) by_value: f64,
    pub(super) by_gate: f64,
}

/// A gated function, one pair at a time. A NaN gate does not come here.
pub(super) trait GateScalar {
    fn at(value: f64, gate: f64, parameters: Coefficients) -> Gated;
}

/// An activation or a derivative; 0 where it is as an f32. As on the GPU such a gate is shut, to infinities and large values alike.
#[inline(always)]
pub(super) fn settled(factor: f64) -> f64 {
    /// 2^-150: half the smallest f32.
    const SMALLEST: f64 = f64::from_bits((1023 - 150) << 52);
    if factor.abs() <= SMALLEST { 0.0 } else { factor }
}

/// value · act(gate)
pub(super) struct Product<F>(PhantomData<F>);

impl<F: Scalar> GateScalar for Product<F> {
    #[inline(always)]
    fn at(value: f64, gate: f64, parameters: Coefficients) -> Gated {
        let activation = F::at(gate, parameters);
        let (own, derivative) = (settled(activation.value), settled(activation.derivative));
        Gated {
            // A gate that is shut lets no infinity through. A NaN it does.
            y: if value.is_nan() { value } else { times(own, value) },
            by_value: own,
            by_gate: times(derivative, value),
        }
    }
}

impl<F: Scalar> Product<F> {
    /// value · the activation's derivative by one of its parameters.
    #[inline(always)]
    pub(super) fn by_parameter<D: Derivative>(value: f64, gate: f64, parameters: Coefficients) -> f64 {
        times(settled(D::at::<F>(gate, parameters)), value)
    }
}

/// Whether it is below the limit; an infinite one is none.
#[inline(always)]
fn is_within(x: f64, limit: f64) -> bool {
    x < limit || limit == f64::INFINITY
}

#[inline(always)]
fn clamp(value: f64, limit: f64) -> f64 {
    let at_most = if value > limit { limit } else { value };
    if at_most < -limit { -limit } else { at_most }
}

/// y of a value's factor and a gate's, and both derivatives where they are not 0. A NaN value, which the factor need not be, stays one.
#[inline(always)]
fn gated(value: f64, factor: [f64; 2], own: f64, by_gate: f64) -> Gated {
    let lost = if value.is_nan() { value } else { 0.0 };
    let [factor, slope] = factor;
    Gated {
        y: if value.is_nan() { value } else { times(own, factor) },
        by_value: times(slope, own) + lost,
        by_gate: if value.is_nan() { value } else { times(by_gate, factor) },
    }
}

/// [`Gate::clamped_swiglu`](crate::Gate::clamped_swiglu)
pub(super) struct ClampedSwiglu;

impl GateScalar for ClampedSwiglu {
    #[inline(always)]
    fn at(value: f64, gate: f64, [limit, slope, offset, _]: Coefficients) -> Gated {
        let factor = clamp(value, limit) + offset;
        let swish = Swish::at(if gate > limit { limit } else { gate }, [slope, 0.0, 0.0, 0.0]);
        let derivative = if is_within(gate, limit) { settled(swish.derivative) } else { 0.0 };
        let inside = if is_within(value.abs(), limit) { 1.0 } else { 0.0 };
        gated(value, [factor, inside], settled(swish.value), derivative)
    }
}

/// [`Gate::swiglu_step`](crate::Gate::swiglu_step)
pub(super) struct SwigluStep;

impl GateScalar for SwigluStep {
    #[inline(always)]
    fn at(value: f64, gate: f64, [limit, ..]: Coefficients) -> Gated {
        let silu = Silu::at(gate, [0.0; 4]);
        let open = is_within(silu.value, limit);
        let own = settled(if open { silu.value } else { limit });
        let derivative = if open { settled(silu.derivative) } else { 0.0 };
        let inside = if is_within(value.abs(), limit) { 1.0 } else { 0.0 };
        gated(value, [clamp(value, limit), inside], own, derivative)
    }
}

/// [`Gate::situ_glu`](crate::Gate::situ_glu)
pub(super) struct SituGlu;

impl GateScalar for SituGlu {
    #[inline(always)]
    fn at(value: f64, gate: f64, [gate_cap, value_cap, ..]: Coefficients) -> Gated {
        let t = Softcap::at(gate, [gate_cap, 0.0, 0.0, 0.0]);
        let v = Softcap::at(value, [value_cap, 0.0, 0.0, 0.0]);
        let s = Logistic::precisely_at(gate);
        let own = settled(times(s.value, t.value));
        // Left of 0 the two terms cancel, and there the slope is no small part of them.
        let share = t.value / gate_cap;
        let slope = if gate > 0.0 { t.derivative } else { (1.0 - share) * (1.0 + share) };
        let derivative = settled(times(s.value, slope + times(s.rest, t.value)));
        gated(value, [v.value, v.derivative], own, derivative)
    }
}
