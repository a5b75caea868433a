//! The loops: one a direction, compiled for each activation and instruction set.

use multiversion::multiversion;

use super::gated::{GateLoops, Product};
use crate::activation::MAX_PARAMETERS;

/// An activation's value and derivative at one point.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) value: f64,
    pub(crate) derivative: f64,
}

/// A row's parameters, the first as many as it has.
pub(crate) type Parameters = [f64; MAX_PARAMETERS];

/// The most parameters that an activation learns.
pub(super) const MAX_LEARNABLE: usize = 2;

/// An activation, one element at a time.
///
/// Everything is inlined into the loops, where what is not asked for disappears, and the rest is vectorised: no branches but
/// those that become selections, no calls.
pub(crate) trait Function {
    /// f(x) and f'(x).
    fn at(x: f64, parameters: Parameters) -> Pair;

    /// f'(f⁻¹(y)). The row says where it exists; elsewhere no one calls this.
    #[inline(always)]
    fn from_output(_: f64, _: Parameters) -> f64 {
        f64::NAN
    }

    /// The derivatives by the learnable parameters, in the row's order.
    #[inline(always)]
    fn by_parameter(_: f64, _: Parameters) -> [f64; MAX_LEARNABLE] {
        [f64::NAN; MAX_LEARNABLE]
    }
}

pub(super) type Forward = fn(&[f32; MAX_PARAMETERS], &[f32], &mut [f32]);
pub(super) type Backward = fn(&[f32; MAX_PARAMETERS], &[f32], &[f32], &mut [f32]);

/// The loops of one activation. All slices of a call have one length.
pub(crate) struct Loops {
    pub(super) forward: Forward,
    pub(super) backward: Backward,
    pub(super) from_output: Backward,
    pub(super) by_parameter: [Backward; MAX_LEARNABLE],
    pub(super) gated: GateLoops,
}

impl Loops {
    pub(crate) const fn of<F: Function>() -> Self {
        Self {
            forward: forward::<F>,
            backward: |p, x, dy, dx| backward::<F, At>(p, x, dy, dx),
            from_output: |p, y, dy, dx| backward::<F, FromOutput>(p, y, dy, dx),
            by_parameter: [
                |p, x, dy, dw| backward::<F, ByParameter<0>>(p, x, dy, dw),
                |p, x, dy, dw| backward::<F, ByParameter<1>>(p, x, dy, dw),
            ],
            gated: GateLoops::of::<Product<F>>(),
        }
    }
}

#[multiversion(targets = "simd")]
fn forward<F: Function>(parameters: &[f32; MAX_PARAMETERS], x: &[f32], y: &mut [f32]) {
    let parameters = parameters.map(f64::from);
    for (&x, y) in x.iter().zip(y) {
        let value = F::at(x.into(), parameters).value as f32;
        *y = if x.is_nan() { x } else { value };
    }
}

/// Which derivative of an activation.
trait Derivative {
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64;
}

struct At;

impl Derivative for At {
    #[inline(always)]
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64 {
        F::at(x, parameters).derivative
    }
}

struct FromOutput;

impl Derivative for FromOutput {
    #[inline(always)]
    fn at<F: Function>(y: f64, parameters: Parameters) -> f64 {
        F::from_output(y, parameters)
    }
}

struct ByParameter<const INDEX: usize>;

impl<const INDEX: usize> Derivative for ByParameter<INDEX> {
    #[inline(always)]
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64 {
        F::by_parameter(x, parameters)[INDEX]
    }
}

#[multiversion(targets = "simd")]
fn backward<F: Function, D: Derivative>(
    parameters: &[f32; MAX_PARAMETERS],
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    let parameters = parameters.map(f64::from);
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let derivative = D::at::<F>(x.into(), parameters);
        // The product of two f64 that were f32 overflows nothing; a derivative of 0 stops NaN and infinity, too.
        let product = (derivative * f64::from(dy)) as f32;
        let gradient = if derivative == 0.0 { 0.0 } else { product };
        *dx = if x.is_nan() { x } else { gradient };
    }
}
