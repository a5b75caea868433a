//! Gated functions on the CPU, one pair of a value and a gate at a time.

use std::marker::PhantomData;

use super::functions::Swish;
use super::math::times;
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

/// [`Gate::clamped_swiglu`](crate::Gate::clamped_swiglu)
pub(super) struct Clamped;

impl GateScalar for Clamped {
    #[inline(always)]
    fn at(value: f64, gate: f64, [limit, slope, ..]: Coefficients) -> Gated {
        let at_most = if value > limit { limit } else { value };
        let clamped = if at_most < -limit { -limit } else { at_most };
        let swish = Swish::at(if gate > limit { limit } else { gate }, [slope, 0.0, 0.0, 0.0]);
        let (own, derivative) = (settled(swish.value), settled(swish.derivative));
        let outside = if value.is_nan() { value } else { 0.0 };
        Gated {
            y: if value.is_nan() { value } else { times(own, clamped + 1.0) },
            by_value: if value.abs() < limit { own } else { outside },
            by_gate: if value.is_nan() || gate < limit {
                times(derivative, clamped + 1.0) + outside
            } else {
                0.0
            },
        }
    }
}
