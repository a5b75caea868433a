//! The normal distribution: density and lower tail, both relatively accurate however small they are.

use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

use super::double_double::{DoubleDouble, taylor};

/// 1 / sqrt(2 pi)
const INVERSE_ROOT_TAU: DoubleDouble = DoubleDouble::new(DENSITY_AT_0, -2.492_327_202_277_73e-17);

/// phi(0)
pub(crate) const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;

/// The step of the midpoint rule: its error is exp(-2 pi^2 / STEP^2) = 3e-18.
const STEP: f64 = 0.7;
/// The first weight left out is exp(-38).
const NODES: usize = 12;

/// The midpoint rule's nodes m, as (m^2, exp(-m^2 / 2)).
static MIDPOINTS: LazyLock<[(f64, f64); NODES]> = LazyLock::new(|| {
    std::array::from_fn(|n| {
        let node = (n as f64 + 0.5) * STEP;
        (node * node, (-0.5 * node * node).exp())
    })
});

/// The density, and the probability of less than -a, for a >= 0.
///
/// The tail is exp(-a^2 / 2) a / pi times the integral of exp(-m^2 / 2) / (m^2 + a^2) over m > 0, by the
/// midpoint rule, which converges exponentially here once the integrand's pole at m = i a is accounted for
/// (Hunter and Regan, A note on the evaluation of the complementary error function, Mathematics of
/// Computation 26, 1972). Every term is positive.
pub(super) fn density_and_tail(a: f64) -> (f64, f64) {
    let square = a * a;
    let bell = (-0.5 * square).exp();
    let sum: f64 = MIDPOINTS.iter().map(|(node_square, weight)| weight / (node_square + square)).sum();
    // Beyond 6 the pole's part is below 2^-50 of the tail.
    let pole = if a < 6.0 { 1.0 / (1.0 + (TAU / STEP * a).exp()) } else { 0.0 };
    (bell * DENSITY_AT_0, bell * a * (STEP / PI) * sum + pole)
}

/// Phi(x) + x phi(x) for |x| up to 1, where its terms cancel: Phi(x) = 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3
/// 5) + ...).
pub(super) fn probability_and_moment(x: f64) -> f64 {
    let square = DoubleDouble::product(x, x);
    let density = (square * -0.5).exp() * INVERSE_ROOT_TAU;
    let series = taylor(|k| square / f64::from(2 * k + 1));
    (density * x * (series + 1.0) + 0.5).value()
}
