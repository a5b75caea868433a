//! An activation on the CPU, one element at a time: what `functions.rs` implements and the loops call.

use crate::table::row::MAX_PARAMETERS;
use crate::table::rows::ROWS;

/// An activation's value and derivative at one point.
#[derive(Clone, Copy)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) derivative: f64,
}

/// A row's parameters, the first as many as it has.
pub(super) type Coefficients = [f64; MAX_PARAMETERS];

/// The same as they are given.
pub(super) type Values = [f32; MAX_PARAMETERS];

/// A loop over x that makes y.
pub(super) type ForwardLoop = fn(&Values, [&[f32]; 1], [&mut [f32]; 1]);

/// The most parameters that an activation learns.
pub(super) const MAX_LEARNABLE: usize = {
    let (mut most, mut row) = (0, 0);
    while row < ROWS.len() {
        if ROWS[row].learnable.len() > most {
            most = ROWS[row].learnable.len();
        }
        row += 1;
    }
    most
};

/// An activation, one element at a time.
///
/// Everything is inlined into the loops, where what is not asked for disappears, and the rest is vectorised: no branches but
/// those that become selections, no calls.
pub(super) trait Scalar {
    /// The loop of its value over f32, where it has one of its own.
    const FORWARD: Option<ForwardLoop> = None;

    /// f(x) and f'(x).
    fn at(x: f64, parameters: Coefficients) -> Dual;

    /// f'(f⁻¹(y)). The row says where it exists; elsewhere no loop calls this.
    #[inline(always)]
    fn from_output(_: f64, _: Coefficients) -> f64 {
        f64::NAN
    }

    /// The derivatives by the learnable parameters, in the row's order.
    #[inline(always)]
    fn by_parameter(_: f64, _: Coefficients) -> [f64; MAX_LEARNABLE] {
        [f64::NAN; MAX_LEARNABLE]
    }

    /// f''(x), where the row has a function for it.
    #[inline(always)]
    fn second(_: f64, _: Coefficients) -> f64 {
        f64::NAN
    }

    /// The derivatives by x and a learnable parameter, where the row has functions for them.
    #[inline(always)]
    fn second_by_parameter(_: f64, _: Coefficients) -> [f64; MAX_LEARNABLE] {
        [f64::NAN; MAX_LEARNABLE]
    }
}

/// Which derivative of an activation.
pub(super) trait Derivative {
    fn at<F: Scalar>(x: f64, parameters: Coefficients) -> f64;
}

pub(super) struct ByInput;

impl Derivative for ByInput {
    #[inline(always)]
    fn at<F: Scalar>(x: f64, parameters: Coefficients) -> f64 {
        F::at(x, parameters).derivative
    }
}

pub(super) struct FromOutput;

impl Derivative for FromOutput {
    #[inline(always)]
    fn at<F: Scalar>(y: f64, parameters: Coefficients) -> f64 {
        F::from_output(y, parameters)
    }
}

/// By x twice.
pub(super) struct BySecond;

impl Derivative for BySecond {
    #[inline(always)]
    fn at<F: Scalar>(x: f64, parameters: Coefficients) -> f64 {
        F::second(x, parameters)
    }
}

/// A second derivative that is 0 between kinks: no function has one of its own.
pub(super) struct Nothing;

impl Derivative for Nothing {
    #[inline(always)]
    fn at<F: Scalar>(_: f64, _: Coefficients) -> f64 {
        0.0
    }
}

/// By x and a parameter.
pub(super) struct Mixed<const INDEX: usize>;

impl<const INDEX: usize> Derivative for Mixed<INDEX> {
    #[inline(always)]
    fn at<F: Scalar>(x: f64, parameters: Coefficients) -> f64 {
        F::second_by_parameter(x, parameters)[INDEX]
    }
}

pub(super) struct ByParameter<const INDEX: usize>;

impl<const INDEX: usize> Derivative for ByParameter<INDEX> {
    #[inline(always)]
    fn at<F: Scalar>(x: f64, parameters: Coefficients) -> f64 {
        F::by_parameter(x, parameters)[INDEX]
    }
}
