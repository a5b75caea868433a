//! The activations in f64, one element at a time: value and derivative, of which a loop computes the one that it keeps.
//!
//! NaN does not come here: the loops keep it. They also let a derivative of 0 stop any gradient. What is left to a
//! function is the limit at an infinity. In f64 nothing finite overflows, products of two f32 are exact, and what cancels
//! leaves enough: where a shader needs two words, there is nothing to do here.

use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, LOG2_E};

use super::math::{
    Logistic, NormalTail, cos, cosine, erf, exp, exp2, log, log1p, modulo_pi, normal_tail,
    normal_tail_less_moment, precise_exp, sin, sine, tanh, tanhshrink, times, times_log1p,
    times_logistic_exp2,
};
use super::scalar::{Coefficients, Dual, ForwardLoop, Scalar};
use super::steps::{Halfway, InSteps, run_in_steps};
use crate::reference::DENSITY_AT_0;
use crate::table::rows::for_each_activation;

/// A type for each row, of its variant's name.
macro_rules! types {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) { $($row:tt)* }
    )*) => {
        $(pub(super) struct $variant;)*
    };
}
for_each_activation!(types);

#[inline(always)]
fn dual(value: f64, derivative: f64) -> Dual {
    Dual { value, derivative }
}

#[inline(always)]
fn indicator(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

#[inline(always)]
fn positive_part(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

/// As an argument of an exponential, which is infinite in f32 from there on whatever it is multiplied by.
#[inline(always)]
fn below_700(x: f64) -> f64 {
    if x > 700.0 { 700.0 } else { x }
}

// Piecewise linear and quadratic functions.

impl Scalar for Identity {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(x, 1.0)
    }

    #[inline(always)]
    fn from_output(_: f64, _: Coefficients) -> f64 {
        1.0
    }
}

impl Scalar for Relu {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(positive_part(x), indicator(x > 0.0))
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        indicator(y > 0.0)
    }
}

#[inline(always)]
fn two_slopes(x: f64, slope: f64) -> Dual {
    if x > 0.0 { dual(x, 1.0) } else { dual(times(slope, x), slope) }
}

impl Scalar for LeakyRelu {
    #[inline(always)]
    fn at(x: f64, [slope, ..]: Coefficients) -> Dual {
        two_slopes(x, slope)
    }

    #[inline(always)]
    fn from_output(y: f64, [slope, ..]: Coefficients) -> f64 {
        if y > 0.0 { 1.0 } else { slope }
    }
}

impl Scalar for Prelu {
    #[inline(always)]
    fn at(x: f64, [weight, ..]: Coefficients) -> Dual {
        two_slopes(x, weight)
    }

    #[inline(always)]
    fn by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        [if x > 0.0 { 0.0 } else { x }, 0.0]
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        [indicator(x <= 0.0), 0.0]
    }
}

impl Scalar for Rrelu {
    #[inline(always)]
    fn at(x: f64, [lower, upper, ..]: Coefficients) -> Dual {
        two_slopes(x, 0.5 * (lower + upper))
    }
}

impl Scalar for Hardtanh {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        let [low, high, ..] = p;
        let at_least = if x < low { low } else { x };
        dual(if at_least > high { high } else { at_least }, Self::from_output(x, p))
    }

    /// An infinite bound is none: an infinite input is within it.
    #[inline(always)]
    fn from_output(y: f64, [low, high, ..]: Coefficients) -> f64 {
        let above = low < y || low == f64::NEG_INFINITY;
        let below = y < high || high == f64::INFINITY;
        indicator(above && below)
    }
}

impl Scalar for Clip {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        Hardtanh::at(x, p)
    }

    #[inline(always)]
    fn from_output(y: f64, p: Coefficients) -> f64 {
        Hardtanh::from_output(y, p)
    }
}

impl Relu6 {
    const BOUNDS: Coefficients = [0.0, 6.0, 0.0, 0.0];
}

impl Scalar for Relu6 {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        Hardtanh::at(x, Self::BOUNDS)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        Hardtanh::from_output(y, Self::BOUNDS)
    }
}

impl Scalar for Threshold {
    #[inline(always)]
    fn at(x: f64, [threshold, value, ..]: Coefficients) -> Dual {
        if x > threshold { dual(x, 1.0) } else { dual(value, 0.0) }
    }
}

impl Scalar for ThresholdedRelu {
    #[inline(always)]
    fn at(x: f64, [alpha, ..]: Coefficients) -> Dual {
        if x > alpha { dual(x, 1.0) } else { dual(0.0, 0.0) }
    }

    #[inline(always)]
    fn from_output(y: f64, [alpha, ..]: Coefficients) -> f64 {
        indicator(y > alpha)
    }
}

impl Scalar for ReluSquared {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let positive = positive_part(x);
        dual(positive * positive, 2.0 * positive)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        2.0 * y.sqrt()
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        2.0 * indicator(x > 0.0)
    }
}

/// Nothing within `lambda` of 0; beyond it, the input moved towards 0 by `bias`.
#[inline(always)]
fn shrunk(x: f64, lambda: f64, bias: f64) -> Dual {
    if x > lambda {
        dual(x - bias, 1.0)
    } else if x < -lambda {
        dual(x + bias, 1.0)
    } else {
        dual(0.0, 0.0)
    }
}

impl Scalar for Hardshrink {
    #[inline(always)]
    fn at(x: f64, [lambda, ..]: Coefficients) -> Dual {
        shrunk(x, lambda, 0.0)
    }

    #[inline(always)]
    fn from_output(y: f64, [lambda, ..]: Coefficients) -> f64 {
        indicator(y.abs() > lambda)
    }
}

impl Scalar for Softshrink {
    #[inline(always)]
    fn at(x: f64, [lambda, ..]: Coefficients) -> Dual {
        shrunk(x, lambda, lambda)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        indicator(y != 0.0)
    }
}

impl Scalar for Shrink {
    #[inline(always)]
    fn at(x: f64, [lambda, bias, ..]: Coefficients) -> Dual {
        shrunk(x, lambda, bias)
    }
}

impl Scalar for Hardsigmoid {
    /// No sum of two numbers rounds to 0, but one may round to 1: 1 is taken first from that of the two which it leaves exact.
    #[inline(always)]
    fn at(x: f64, [slope, offset, ..]: Coefficients) -> Dual {
        let product = times(slope, x);
        let line = product + offset;
        let above = if offset <= 0.5 { (product - 1.0) + offset } else { product + (offset - 1.0) };
        if line <= 0.0 {
            dual(0.0, 0.0)
        } else if above >= 0.0 {
            dual(1.0, 0.0)
        } else {
            dual(line, slope)
        }
    }

    #[inline(always)]
    fn from_output(y: f64, [slope, ..]: Coefficients) -> f64 {
        if 0.0 < y && y < 1.0 { slope } else { 0.0 }
    }
}

impl Scalar for Hardswish {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        const SIXTH: f64 = 1.0 / 6.0;
        if x <= -3.0 {
            dual(0.0, 0.0)
        } else if x < 3.0 {
            dual(x * (x + 3.0) * SIXTH, (x + x + 3.0) * SIXTH)
        } else {
            dual(x, 1.0)
        }
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        const THIRD: f64 = 1.0 / 3.0;
        if x.abs() < 3.0 { THIRD } else { 0.0 }
    }
}

impl Scalar for SparsePlus {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        let slope = SparseSigmoid::at(x, p).value;
        dual(if x < 1.0 { slope * slope } else { x }, slope)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        SparseSigmoid::at(x, p).derivative
    }
}

impl Scalar for SparseSigmoid {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        if x <= -1.0 {
            dual(0.0, 0.0)
        } else if x < 1.0 {
            dual(0.5 * (x + 1.0), 0.5)
        } else {
            dual(1.0, 0.0)
        }
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        if 0.0 < y && y < 1.0 { 0.5 } else { 0.0 }
    }
}

// Algebraic functions.

impl Scalar for Softsign {
    /// The value is 1 less the inverse for large x, where x times the inverse ends in infinity / infinity.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let size = x.abs();
        let inverse = 1.0 / (1.0 + size);
        let value = if size > 1.0 { 1.0 - inverse } else { size * inverse };
        dual(value.copysign(x), inverse * inverse)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        let rest = 1.0 - y.abs();
        rest * rest
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let inverse = 1.0 / (1.0 + x.abs());
        let size = 2.0 * inverse * inverse * inverse;
        (if x == 0.0 { 0.0 } else { size }).copysign(-x)
    }
}

impl Scalar for Squareplus {
    /// With q = sqrt(x^2 + b), the smaller one of (q - x) / 2 and (q + x) / 2 is b / 4 over the larger one, and the derivative
    /// is (q + x) / 2 over q.
    #[inline(always)]
    fn at(x: f64, [b, ..]: Coefficients) -> Dual {
        let root = (x * x + b).sqrt();
        let large = 0.5 * (x.abs() + root);
        let small = if large == 0.0 { 0.0 } else { 0.25 * b / large };
        let share = if root == 0.0 { 0.5 } else { small / root };
        if x < 0.0 { dual(small, share) } else { dual(large, 1.0 - share) }
    }

    #[inline(always)]
    fn second(x: f64, [b, ..]: Coefficients) -> f64 {
        let root = (x * x + b).sqrt();
        let bend = 0.5 * b / (root * root * root);
        if b == 0.0 { 0.0 } else { bend }
    }
}

// Functions of one exponential.

impl Scalar for Sigmoid {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(times_logistic_exp2(1.0, -LOG2_E * x), Logistic::at(x).slope)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        y * (1.0 - y)
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -Logistic::at(x).slope * tanh(0.5 * x)
    }
}

impl Scalar for Tanh {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(tanh(x), 4.0 * Logistic::at(x + x).slope)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        (1.0 - y) * (1.0 + y)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        // tanh(x) = 2 s(2 x) - 1
        8.0 * Sigmoid::second(x + x, p)
    }
}

impl Scalar for Tanhshrink {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let tanh = tanh(x);
        dual(tanhshrink(x), tanh * tanh)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        -Tanh::second(x, p)
    }
}

impl Scalar for Logsigmoid {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let e = exp(-x.abs()).nearly;
        dual(x.min(0.0) + times_log1p(-1.0, e), Logistic::at(x).rest)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        -exp(y).expm1
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -Logistic::at(x).slope
    }
}

impl Scalar for Softplus {
    /// With z = beta x: log(1 + e^z) / beta = max(z, 0) / beta + log(1 + e^-|z|) / beta.
    #[inline(always)]
    fn at(x: f64, [beta, threshold, ..]: Coefficients) -> Dual {
        let z = beta * x;
        let above = z > threshold;
        let line = if z > threshold.min(0.0) { x } else { 0.0 };
        let e = exp2(x.abs() * (-LOG2_E * beta.abs())).nearly;
        let bend = if above { 0.0 } else { times_log1p(1.0 / beta, e) };
        dual(line + bend, if above { 1.0 } else { Logistic::at(z).value })
    }

    #[inline(always)]
    fn from_output(y: f64, [beta, threshold, ..]: Coefficients) -> f64 {
        let z = beta * y;
        if z > threshold { 1.0 } else { -exp(-z).expm1 }
    }

    #[inline(always)]
    fn second(x: f64, [beta, threshold, ..]: Coefficients) -> f64 {
        let z = beta * x;
        if z > threshold { 0.0 } else { beta * Logistic::at(z).slope }
    }
}

impl Scalar for Elu {
    #[inline(always)]
    fn at(x: f64, [alpha, ..]: Coefficients) -> Dual {
        let e = exp(x);
        if x > 0.0 { dual(x, 1.0) } else { dual(alpha * e.expm1, alpha * e.exp) }
    }

    #[inline(always)]
    fn from_output(y: f64, [alpha, ..]: Coefficients) -> f64 {
        if y > 0.0 { 1.0 } else { y + alpha }
    }

    #[inline(always)]
    fn second(x: f64, [alpha, ..]: Coefficients) -> f64 {
        if x > 0.0 { 0.0 } else { alpha * exp(x).exp }
    }
}

impl Selu {
    /// Scale, and scale times alpha in two words (cpu_selu_scale, cpu_selu_scale_alpha).
    const SCALE: f64 = 1.0507009873554805;
    const FLOOR: f64 = 1.7580993408473768;
    const FLOOR_REST: f64 = 1.41535193800845e-17;
}

impl Scalar for Selu {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let e = exp(x);
        if x > 0.0 {
            dual(Self::SCALE * x, Self::SCALE)
        } else {
            dual(Self::FLOOR * e.expm1, Self::FLOOR * e.exp)
        }
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        // Just above the floor, an f64 of it would not do.
        if y > 0.0 { Self::SCALE } else { (y + Self::FLOOR) + Self::FLOOR_REST }
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        if x > 0.0 { 0.0 } else { Self::FLOOR * exp(x).exp }
    }
}

impl Scalar for Celu {
    /// For negative alpha, the exponential grows.
    #[inline(always)]
    fn at(x: f64, [alpha, ..]: Coefficients) -> Dual {
        let z = x * (1.0 / alpha);
        let e = exp(below_700(z));
        if x > 0.0 || alpha.abs() == f64::INFINITY { dual(x, 1.0) } else { dual(alpha * e.expm1, e.exp) }
    }

    #[inline(always)]
    fn from_output(y: f64, [alpha, ..]: Coefficients) -> f64 {
        if y > 0.0 || alpha == f64::INFINITY { 1.0 } else { (y + alpha) * (1.0 / alpha) }
    }

    #[inline(always)]
    fn second(x: f64, [alpha, ..]: Coefficients) -> f64 {
        let inverse = 1.0 / alpha;
        let bend = inverse * exp(below_700(x * inverse)).exp;
        if x > 0.0 || inverse == 0.0 { 0.0 } else { bend }
    }
}

/// The derivative of x s(z), where slope is x dz/dx. Beside its zero, it cancels.
#[inline(always)]
fn gate_derivative(z: f64, slope: f64) -> f64 {
    let s = Logistic::precisely_at(z);
    s.value + times(s.slope, slope)
}

/// With a = |z| and e = exp(-a), which is 0 from 320 on.
#[inline(always)]
fn silu_second(z: f64) -> f64 {
    let a = if z.abs() > 400.0 { 400.0 } else { z.abs() };
    gate_second(precise_exp(-a).exp, 2.0, a)
}

/// e ((p - q) + e (p + q)) / (1 + e)^3, the second derivative of x s(z) with e = exp(-|z|), p = 2 z' + x z'' and q = |x| z'^2.
#[inline(always)]
fn gate_second(e: f64, p: f64, q: f64) -> f64 {
    let large = 1.0 / (1.0 + e);
    (e * large) * ((p - q) + e * (p + q)) * (large * large)
}

impl Scalar for Silu {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(times_logistic_exp2(x, -LOG2_E * x), gate_derivative(x, x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        silu_second(x)
    }
}

impl Scalar for Swish {
    #[inline(always)]
    fn at(x: f64, [beta, ..]: Coefficients) -> Dual {
        let z = times(beta, x);
        dual(times_logistic_exp2(x, times(-LOG2_E * beta, x)), gate_derivative(z, z))
    }

    #[inline(always)]
    fn by_parameter(x: f64, [beta, ..]: Coefficients) -> [f64; 2] {
        [times(Logistic::at(times(beta, x)).slope, x * x), 0.0]
    }

    #[inline(always)]
    fn second(x: f64, [beta, ..]: Coefficients) -> f64 {
        beta * silu_second(times(beta, x))
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, [beta, ..]: Coefficients) -> [f64; 2] {
        [times(silu_second(times(beta, x)), x), 0.0]
    }
}

impl Scalar for QuickGelu {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        Swish::at(x, p)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        Swish::second(x, p)
    }
}

impl GeluTanh {
    /// 2 sqrt(2 / pi), and 0.044715 times that (cpu_gelu_tanh_a, cpu_gelu_tanh_b).
    const A: f64 = 1.5957691216057308;
    const B: f64 = 0.07135481627260025;
}

impl Scalar for GeluTanh {
    /// Beyond 16 the logistic is 0 or 1, to f32 and to the derivative; at 22 it is to f64.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let (a, b) = (Self::A, Self::B);
        let bounded = x.clamp(-22.0, 22.0);
        let t = bounded * (-LOG2_E * a + bounded * bounded * (-LOG2_E * b));
        let bounded = if x.abs() > 16.0 { 17f64.copysign(x) } else { x };
        let bend = b * bounded * bounded;
        let derivative = gate_derivative(bounded * (a + bend), bounded * (a + 3.0 * bend));
        dual(times_logistic_exp2(x, t), derivative)
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        // At 17 it is 0.
        let a = if x.abs() > 16.0 { 17.0 } else { x.abs() };
        let bend = Self::B * a * a;
        let e = precise_exp(-a * (Self::A + bend)).exp;
        let slope = Self::A + 3.0 * bend;
        let (first, second) = (2.0 * Self::A + 12.0 * bend, a * slope * slope);
        gate_second(e, first, second)
    }
}

impl Scalar for Mish {
    /// tanh(log(1 + e^x)) = n / (n + 2) with n = u (u + 2), u = e^x, which is 1 from 30 on. Its derivative is 4 u (1 + u) / d^2 with
    /// d = n + 2; where u is above 1, both in 1 / u. Beyond 128, u does not show in a f32.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let u = exp(x.min(30.0)).exp;
        let n = u * (u + 2.0);
        let value = times(n / (n + 2.0), x);
        let size = x.abs();
        let u = if size > 128.0 { 0.0 } else { precise_exp(-size).exp };
        let (small, large) = (u * (u + 2.0), 1.0 + 2.0 * u);
        let (n, d, slope) = if x > 0.0 { (large, large + 2.0 * u * u, u) } else { (small, small + 2.0, 1.0) };
        let inverse = 1.0 / d;
        let t = n * inverse;
        let bend = 4.0 * u * (1.0 + u) * slope * (inverse * inverse);
        dual(value, t + times(bend, x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let size = x.abs();
        let u = if size > 128.0 { 0.0 } else { precise_exp(-size).exp };
        let bounded = if size > 128.0 { 0.0 } else { size };
        let left = (4.0 - bounded - bounded)
            + u * ((8.0 - bounded - bounded) + u * ((6.0 + 3.0 * bounded) + u * (2.0 + bounded + bounded)));
        let right = (2.0 - bounded - bounded)
            + u * ((6.0 - 3.0 * bounded) + u * ((8.0 + bounded + bounded) + u * (4.0 + bounded + bounded)));
        let (above, d) =
            if x > 0.0 { (u * right, 1.0 + 2.0 * u * (1.0 + u)) } else { (left, u * (u + 2.0) + 2.0) };
        4.0 * u * above / (d * d * d)
    }
}

impl InSteps for GeluErf {
    #[inline(always)]
    fn begin(x: f64) -> Halfway {
        let NormalTail([a, power, f]) = NormalTail::at(x.abs());
        [positive_part(x), a, power, f]
    }

    #[inline(always)]
    fn end([positive, tail @ ..]: Halfway) -> f64 {
        positive - NormalTail(tail).times_a()
    }
}

impl Scalar for GeluErf {
    const FORWARD: Option<ForwardLoop> = Some(run_in_steps::<Self>);

    /// On the left -a Phi(-a) and Phi(-a) - a phi(a), with a = |x|; on the right x and 1 less those.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let slope = normal_tail_less_moment(x.abs());
        let derivative = if x > 0.0 { 1.0 - slope } else { slope };
        dual(Self::end(Self::begin(x)), derivative)
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let bounded = if x.abs() > 40.0 { 40.0 } else { x };
        let square = bounded * bounded;
        DENSITY_AT_0 * exp(-0.5 * square).exp * (2.0 - square)
    }
}

impl Scalar for Snake {
    /// sin^2 has the period pi, and 1 + sin 2z = 2 sin^2 (z + pi / 4), which does not cancel. At an infinity the derivative has
    /// no limit: its mean, 1.
    #[inline(always)]
    fn at(x: f64, [alpha, ..]: Coefficients) -> Dual {
        if x.is_infinite() {
            return dual(x, 1.0);
        }
        let z = alpha * x;
        let (sine, shifted) = (sine(modulo_pi(z, 0.0)), sine(modulo_pi(z, -1.0)));
        dual(x + sine * sine * (1.0 / alpha), 2.0 * shifted * shifted)
    }

    /// sin z (2 z cos z - sin z) / alpha^2. At an infinity there is no limit: 0.
    #[inline(always)]
    fn by_parameter(x: f64, [alpha, ..]: Coefficients) -> [f64; 2] {
        let z = alpha * x;
        let r = modulo_pi(z, 0.0);
        let sine = sine(r);
        let derivative = sine * (2.0 * z * cosine(r) - sine) * (1.0 / (alpha * alpha));
        [if z.is_infinite() { 0.0 } else { derivative }, 0.0]
    }

    /// At an infinity as at 0.
    #[inline(always)]
    fn second(x: f64, [alpha, ..]: Coefficients) -> f64 {
        2.0 * alpha * cos(2.0 * alpha * x)
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, [alpha, ..]: Coefficients) -> [f64; 2] {
        [if x.is_infinite() { 0.0 } else { 2.0 * x * cos(2.0 * alpha * x) }, 0.0]
    }
}

impl Scalar for Snakebeta {
    /// At an infinity as snake.
    #[inline(always)]
    fn at(x: f64, [alpha, beta, ..]: Coefficients) -> Dual {
        if x.is_infinite() {
            return dual(x, 1.0);
        }
        let inverse = 1.0 / (beta + 1e-9);
        let z = alpha * x;
        // alpha / (beta + 1e-9) with its sign in the angle, and 1 less its size.
        let ratio = (alpha * inverse).abs();
        let rest = ((beta.abs() - alpha.abs()) + 1e-9f64.copysign(inverse)) * inverse.abs();
        let angle = if alpha * inverse > 0.0 { z } else { -z };
        let (sine, shifted) = (sine(modulo_pi(z, 0.0)), sine(modulo_pi(angle, -1.0)));
        dual(x + sine * sine * inverse, rest + 2.0 * ratio * shifted * shifted)
    }

    #[inline(always)]
    fn by_parameter(x: f64, [alpha, beta, ..]: Coefficients) -> [f64; 2] {
        let z = alpha * x;
        let inverse = 1.0 / (beta + 1e-9);
        let r = modulo_pi(z, 0.0);
        let (sine, cosine) = (sine(r) * inverse, cosine(r));
        let by = [2.0 * x * sine * cosine, -sine * sine];
        if z.is_infinite() { [0.0; 2] } else { by }
    }

    /// At an infinity as at 0.
    #[inline(always)]
    fn second(x: f64, [alpha, beta, ..]: Coefficients) -> f64 {
        2.0 * alpha * alpha / (beta + 1e-9) * cos(2.0 * alpha * x)
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, [alpha, beta, ..]: Coefficients) -> [f64; 2] {
        let inverse = 1.0 / (beta + 1e-9);
        let w = 2.0 * alpha * x;
        let (sine, cosine) = (sin(w) * inverse, cos(w) * inverse);
        let by = [sine + w * cosine, -alpha * inverse * sine];
        if w.is_infinite() { [0.0; 2] } else { by }
    }
}

impl Scalar for Xielu {
    /// Far on the left, the terms in x are joined, and the exponential stands alone: beta may be near alpha_n.
    #[inline(always)]
    fn at(x: f64, [alpha_p, alpha_n, beta, _]: Coefficients) -> Dual {
        let e = precise_exp(x);
        let product = times(alpha_p, x);
        let difference = beta - alpha_n;
        if x > 0.0 {
            dual(times(product + beta, x), product + product + beta)
        } else if x > -0.5 {
            dual(alpha_n * e.excess + beta * x, alpha_n * e.expm1 + beta)
        } else {
            dual(alpha_n * e.expm1 + times(difference, x), alpha_n * e.exp + difference)
        }
    }

    #[inline(always)]
    fn by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        let positive = positive_part(x);
        [positive * positive, if x > 0.0 { 0.0 } else { precise_exp(x).excess }]
    }

    #[inline(always)]
    fn second(x: f64, [alpha_p, alpha_n, ..]: Coefficients) -> f64 {
        if x > 0.0 { alpha_p + alpha_p } else { alpha_n * exp(x).exp }
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        [2.0 * positive_part(x), if x > 0.0 { 0.0 } else { exp(x).expm1 }]
    }
}

// Elementary functions.

impl Scalar for Exp {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let y = exp(below_700(x)).exp;
        dual(y, y)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        y
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        Self::at(x, p).derivative
    }
}

impl Scalar for Expm1 {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let e = exp(below_700(x));
        dual(e.expm1, e.exp)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        y + 1.0
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        Exp::at(x, p).derivative
    }
}

impl Scalar for Log {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(log(x), slope_of_positive(x, 1.0 / x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -slope_of_positive(x, 1.0 / (x * x))
    }
}

impl Scalar for Log1p {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let sum = 1.0 + x;
        dual(log1p(x), slope_of_positive(sum, 1.0 / sum))
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        Log::second(1.0 + x, p)
    }
}

/// The derivative of a function that is none below 0, and infinitely steep at 0.
#[inline(always)]
fn slope_of_positive(x: f64, derivative: f64) -> f64 {
    let end = if x == 0.0 { f64::INFINITY } else { f64::NAN };
    if x > 0.0 { derivative } else { end }
}

impl Scalar for Sin {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(sin(x), cos(x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -sin(x)
    }
}

impl Scalar for Cos {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(cos(x), -sin(x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -cos(x)
    }
}

impl Scalar for Erf {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(erf(x), FRAC_2_SQRT_PI * exp(-x * x).exp)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        times(Self::at(x, p).derivative, -2.0 * x)
    }
}

impl Scalar for Sqrt {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let root = x.sqrt();
        dual(root, slope_of_positive(x, 0.5 / root))
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        slope_of_positive(y, 0.5 / y)
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        -slope_of_positive(x, 0.25 / (x * x.sqrt()))
    }
}

impl Scalar for Rsqrt {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let inverse = slope_of_positive(x, 1.0 / x.sqrt());
        dual(inverse, Self::from_output(inverse, [0.0; 4]))
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        -0.5 * y * y * y
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        slope_of_positive(x, 0.75 / (x * x * x.sqrt()))
    }
}

impl Scalar for Reciprocal {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let inverse = 1.0 / x;
        dual(inverse, -inverse * inverse)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        -y * y
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let inverse = 1.0 / x;
        2.0 * inverse * inverse * inverse
    }
}

impl Scalar for Abs {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        dual(x.abs(), Sign::at(x, p).value)
    }
}

impl Scalar for Sign {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(indicator(x > 0.0) - indicator(x < 0.0), 0.0)
    }

    #[inline(always)]
    fn from_output(_: f64, _: Coefficients) -> f64 {
        0.0
    }
}

impl Scalar for Square {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        dual(x * x, x + x)
    }

    #[inline(always)]
    fn second(_: f64, _: Coefficients) -> f64 {
        2.0
    }
}

// Lines, corners and caps.

impl Scalar for Linear {
    #[inline(always)]
    fn at(x: f64, [alpha, beta, ..]: Coefficients) -> Dual {
        dual(times(alpha, x) + beta, alpha)
    }

    #[inline(always)]
    fn from_output(_: f64, [alpha, ..]: Coefficients) -> f64 {
        alpha
    }
}

impl Scalar for Step {
    #[inline(always)]
    fn at(x: f64, [threshold, ..]: Coefficients) -> Dual {
        dual(indicator(x >= threshold), 0.0)
    }

    #[inline(always)]
    fn from_output(_: f64, _: Coefficients) -> f64 {
        0.0
    }
}

impl Scalar for HardMish {
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        if x <= -2.0 {
            dual(0.0, 0.0)
        } else if x < 0.0 {
            dual(0.5 * x * (x + 2.0), x + 1.0)
        } else {
            dual(x, 1.0)
        }
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        indicator(-2.0 < x && x < 0.0)
    }
}

impl Scalar for Smelu {
    #[inline(always)]
    fn at(x: f64, [beta, ..]: Coefficients) -> Dual {
        let slope = (0.5 / beta) * (x + beta);
        if x <= -beta {
            dual(0.0, 0.0)
        } else if x < beta {
            dual(beta * slope * slope, slope)
        } else {
            dual(x, 1.0)
        }
    }

    #[inline(always)]
    fn second(x: f64, [beta, ..]: Coefficients) -> f64 {
        if x.abs() < beta { 0.5 / beta } else { 0.0 }
    }
}

impl Scalar for Lisht {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        let Dual { value, derivative } = Tanh::at(x, p);
        dual(x * value, value + times(derivative, x))
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        4.0 * silu_second(x + x)
    }
}

impl Scalar for Logcosh {
    /// log(1 + e^2 / (2 (1 + e))) with e = exp(|x|) - 1; beyond 20, where the exponential would overflow at last, |x| - log 2.
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        let size = x.abs();
        let e = exp(if size > 20.0 { 20.0 } else { size });
        let near = log1p(0.5 * e.expm1 * e.expm1 / e.exp);
        dual(if size > 20.0 { size - LN_2 } else { near }, Tanh::at(x, p).value)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        Tanh::at(x, p).derivative
    }
}

impl Scalar for Softcap {
    #[inline(always)]
    fn at(x: f64, [cap, ..]: Coefficients) -> Dual {
        // Of a gate, an infinite cap is none.
        let none = cap == f64::INFINITY;
        let Dual { value, derivative } = Tanh::at(if none { 0.0 } else { x / cap }, [0.0; 4]);
        dual(if none { x } else { cap * value }, derivative)
    }

    #[inline(always)]
    fn from_output(y: f64, [cap, ..]: Coefficients) -> f64 {
        Tanh::from_output(y / cap, [0.0; 4])
    }

    #[inline(always)]
    fn second(x: f64, [cap, ..]: Coefficients) -> f64 {
        Tanh::second(x / cap, [0.0; 4]) / cap
    }
}

impl Scalar for ScaledTanh {
    #[inline(always)]
    fn at(x: f64, [alpha, beta, ..]: Coefficients) -> Dual {
        let Dual { value, derivative } = Tanh::at(beta * x, [0.0; 4]);
        dual(alpha * value, alpha * beta * derivative)
    }

    #[inline(always)]
    fn from_output(y: f64, [alpha, beta, ..]: Coefficients) -> f64 {
        (beta / alpha) * (alpha - y) * (alpha + y)
    }

    #[inline(always)]
    fn second(x: f64, [alpha, beta, ..]: Coefficients) -> f64 {
        alpha * beta * beta * Tanh::second(beta * x, [0.0; 4])
    }
}

impl Scalar for StarRelu {
    #[inline(always)]
    fn at(x: f64, [scale, bias, ..]: Coefficients) -> Dual {
        let product = times(scale, positive_part(x));
        dual(times(product, x) + bias, product + product)
    }

    #[inline(always)]
    fn by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        let positive = positive_part(x);
        [positive * positive, 1.0]
    }

    #[inline(always)]
    fn second(x: f64, [scale, ..]: Coefficients) -> f64 {
        if x > 0.0 { scale + scale } else { 0.0 }
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, _: Coefficients) -> [f64; 2] {
        [2.0 * positive_part(x), 0.0]
    }
}

impl Scalar for Gaussian {
    #[inline(always)]
    fn at(x: f64, [a, ..]: Coefficients) -> Dual {
        let z = x / a;
        let y = exp(-0.5 * z * z).exp;
        dual(y, -times(y, z) / a)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        let [a, ..] = p;
        let square = a * a;
        times(Self::at(x, p).value, (x - a) * (x + a) / (square * square))
    }
}

impl Scalar for Laplace {
    /// On the left Phi(-a) with a = |z|, on the right 1 less that.
    #[inline(always)]
    fn at(x: f64, [mu, sigma, ..]: Coefficients) -> Dual {
        let z = (x - mu) / sigma;
        let tail = normal_tail(z.abs());
        let density = DENSITY_AT_0 * exp(-0.5 * z * z).exp / sigma;
        dual(if z > 0.0 { 1.0 - tail } else { tail }, density)
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        let [mu, sigma, ..] = p;
        times(Self::at(x, p).derivative, (mu - x) / (sigma * sigma))
    }
}

impl Scalar for ParametricSoftplus {
    #[inline(always)]
    fn at(x: f64, p: Coefficients) -> Dual {
        let [alpha, beta, ..] = p;
        let [softplus, _] = Self::by_parameter(x, p);
        dual(times(alpha, softplus), alpha * beta * Logistic::at(times(beta, x)).value)
    }

    #[inline(always)]
    fn by_parameter(x: f64, [alpha, beta, ..]: Coefficients) -> [f64; 2] {
        let z = times(beta, x);
        let softplus = positive_part(z) + times_log1p(1.0, exp(-z.abs()).exp);
        [softplus, times(alpha * Logistic::at(z).value, x)]
    }

    #[inline(always)]
    fn second(x: f64, [alpha, beta, ..]: Coefficients) -> f64 {
        alpha * beta * beta * Logistic::at(times(beta, x)).slope
    }

    #[inline(always)]
    fn second_by_parameter(x: f64, [alpha, beta, ..]: Coefficients) -> [f64; 2] {
        let z = times(beta, x);
        [beta * Logistic::at(z).value, alpha * gate_derivative(z, z)]
    }
}

impl Scalar for Sqrtsoftplus {
    /// On the left, softplus is e^x q and its root e^(x/2) sqrt(q), of which the logistic e^x / (1 + e^x) is no part that cancels.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let e = exp(-x.abs()).nearly;
        let root = (positive_part(x) + times_log1p(1.0, e)).sqrt();
        dual(root, 0.5 * Logistic::at(x).value / root)
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        let slope = -0.5 * exp(-y * y).expm1 / y;
        if y > 0.0 { slope } else { 0.0 }
    }

    /// s (2 r^2 (1 - s) - s) / (4 r^3) with r the function itself.
    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let vanishes = !(-300.0..=1e39).contains(&x);
        let x = if vanishes { 0.0 } else { x };
        let e = precise_exp(-x.abs()).exp;
        let log = times_log1p(1.0, e);
        // Beside the zero, at 0.92, a step of Newton's method: there both terms are to be right.
        let rest = if x.abs() < 3.0 { (1.0 + e) * precise_exp(-log).exp - 1.0 } else { 0.0 };
        let square = positive_part(x) + (log + rest);
        let s = Logistic::precisely_at(x);
        let second = 0.25 * s.value * (2.0 * square * s.rest - s.value) / (square * square.sqrt());
        if vanishes { 0.0 } else { second }
    }
}

impl Scalar for Logit {
    /// With m, the smaller one of x and 1 - x: log1p((1 - 2 m) / m), times -1 below 1/2.
    #[inline(always)]
    fn at(x: f64, [eps, ..]: Coefficients) -> Dual {
        let m = if x > 0.5 { 1.0 - x } else { x };
        let bounded = if m < eps && eps > 0.0 { eps } else { m };
        let size = log1p((1.0 - bounded - bounded) / bounded);
        let slope = slope_of_positive(bounded, 1.0 / (bounded * (1.0 - bounded)));
        let size = if bounded == 0.0 { f64::INFINITY } else { size };
        dual(if x > 0.5 { size } else { -size }, if m < bounded { 0.0 } else { slope })
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        let e = exp(below_700(y.abs())).exp;
        2.0 + e + 1.0 / e
    }

    #[inline(always)]
    fn second(x: f64, p: Coefficients) -> f64 {
        let [eps, ..] = p;
        let m = if x > 0.5 { 1.0 - x } else { x };
        let product = m * (1.0 - m);
        let size = slope_of_positive(m, (1.0 - m - m) / (product * product));
        let inside = if x > 0.5 { size } else { -size };
        if m < eps && eps > 0.0 { 0.0 } else { inside }
    }
}

impl Scalar for Log1mexp {
    /// Where e^-x is near 1, the logarithm of 1 less it; else log1p of minus it.
    #[inline(always)]
    fn at(x: f64, _: Coefficients) -> Dual {
        let e = exp(-x.clamp(-1.0, 800.0));
        let near = log(-e.expm1);
        let value = if x < 0.5 { near } else { log1p(-e.exp) };
        dual(value, slope_of_positive(x, -e.exp / e.expm1))
    }

    #[inline(always)]
    fn from_output(y: f64, _: Coefficients) -> f64 {
        exp(below_700(-y)).expm1
    }

    #[inline(always)]
    fn second(x: f64, _: Coefficients) -> f64 {
        let e = exp(-x.clamp(-1.0, 800.0));
        -slope_of_positive(x, e.exp / (e.expm1 * e.expm1))
    }
}
