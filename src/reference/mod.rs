//! The oracle: every activation and its derivative in f64, written from other formulas than the shaders.
//!
//! Held to golden vectors of 50 digits, and each derivative to the central difference of its own forward
//! (`tests/oracle.rs`). The relative error is below 1e-12 wherever the f32 result is a normal number: where
//! f64 would cancel, the formula is another one, and beside a zero that no formula factors out it is
//! evaluated in double-double arithmetic. The one exception is snake beyond |alpha x| = 2^20, beside the
//! zeros of its derivatives.
//!
//! One function an activation, `fn name(x, parameters) -> Exact`, both values at once since they share their
//! exponential; `name_from_output(y, parameters)` where the derivative is a function of y; `name_PARAMETER(x,
//! parameters)` for the derivative by a learnable parameter. NaN gives NaN, an infinity gives the limit.
//!
//! An exhaustive run calls it for all 2^32 inputs. 40 % of the bit patterns are below 2^-27 in magnitude and
//! half are above 128: both leave early.

mod double_double;
mod normal;
mod rows;

use double_double::DoubleDouble;
pub(crate) use normal::DENSITY_AT_0;
pub use rows::{RowElements, RowGradient, RowTarget};

/// An activation's value and derivative at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    /// f(x)
    pub value: f64,
    /// f'(x), at a kink the one that the table states
    pub derivative: f64,
}

/// A row's oracle: the parameters in the row's order, many x, and as many results.
pub type Oracle = fn(&[f64], &[f64], &mut [Exact]);

/// A derivative as a function of y, or by a parameter as a function of x.
pub type ScalarOracle = fn(f64, &[f64]) -> f64;

const fn exact(value: f64, derivative: f64) -> Exact {
    Exact { value, derivative }
}

/// An activation at many points. The function is known to the compiler here, and not a pointer that an exhaustive run would
/// follow 2^32 times.
pub(crate) fn each(
    activation: impl Fn(f64, &[f64]) -> Exact,
    parameters: &[f64],
    points: &[f64],
    results: &mut [Exact],
) {
    for (&x, result) in points.iter().zip(results) {
        *result = if x.is_nan() { exact(x, x) } else { activation(x, parameters) };
    }
}

/// The step function's value that a condition stands for.
fn indicator(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// factor * x, but 0 where the factor is: the limit at an infinite x.
fn times(factor: f64, x: f64) -> f64 {
    if factor == 0.0 { 0.0 } else { factor * x }
}

/// Below this magnitude, two terms of a Taylor series are exact to f64's last bits.
const TINY: f64 = 7.450_580_596_923_828e-9; // 2^-27

/// Whether so much of a sum's largest term is lost that f64 does not give 12 digits of it.
fn cancels(sum: f64, largest: f64) -> bool {
    sum.abs() < largest.abs() * 0.001
}

// Piecewise linear and quadratic functions. Products of two f32 are exact in f64.

pub(crate) fn identity(x: f64, _: &[f64]) -> Exact {
    exact(x, 1.0)
}

pub(crate) fn identity_from_output(_: f64, _: &[f64]) -> f64 {
    1.0
}

pub(crate) fn relu(x: f64, _: &[f64]) -> Exact {
    if x > 0.0 { exact(x, 1.0) } else { exact(0.0, 0.0) }
}

pub(crate) fn relu_from_output(y: f64, _: &[f64]) -> f64 {
    indicator(y > 0.0)
}

pub(crate) fn leaky_relu(x: f64, p: &[f64]) -> Exact {
    let slope = if x > 0.0 { 1.0 } else { p[0] };
    exact(times(slope, x), slope)
}

pub(crate) fn leaky_relu_from_output(y: f64, p: &[f64]) -> f64 {
    if y > 0.0 { 1.0 } else { p[0] }
}

pub(crate) fn prelu(x: f64, p: &[f64]) -> Exact {
    leaky_relu(x, p)
}

pub(crate) fn prelu_weight(x: f64, _: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { x }
}

pub(crate) fn prelu_second_weight(x: f64, _: &[f64]) -> f64 {
    indicator(x <= 0.0)
}

pub(crate) fn rrelu(x: f64, p: &[f64]) -> Exact {
    leaky_relu(x, &[0.5 * (p[0] + p[1])])
}

pub(crate) fn relu6(x: f64, _: &[f64]) -> Exact {
    hardtanh(x, &[0.0, 6.0])
}

pub(crate) fn relu6_from_output(y: f64, _: &[f64]) -> f64 {
    hardtanh_from_output(y, &[0.0, 6.0])
}

pub(crate) fn hardtanh(x: f64, p: &[f64]) -> Exact {
    exact(x.clamp(p[0], p[1]), hardtanh_from_output(x, p))
}

/// An infinite bound is none: an infinite y is within it.
pub(crate) fn hardtanh_from_output(y: f64, p: &[f64]) -> f64 {
    let outside = (y <= p[0] && p[0].is_finite()) || (y >= p[1] && p[1].is_finite());
    indicator(!outside)
}

pub(crate) fn clip(x: f64, p: &[f64]) -> Exact {
    hardtanh(x, p)
}

pub(crate) fn clip_from_output(y: f64, p: &[f64]) -> f64 {
    hardtanh_from_output(y, p)
}

pub(crate) fn threshold(x: f64, p: &[f64]) -> Exact {
    if x > p[0] { exact(x, 1.0) } else { exact(p[1], 0.0) }
}

pub(crate) fn thresholded_relu(x: f64, p: &[f64]) -> Exact {
    threshold(x, &[p[0], 0.0])
}

pub(crate) fn thresholded_relu_from_output(y: f64, p: &[f64]) -> f64 {
    indicator(y > p[0])
}

pub(crate) fn relu_squared(x: f64, _: &[f64]) -> Exact {
    let positive = x.max(0.0);
    exact(positive * positive, 2.0 * positive)
}

pub(crate) fn relu_squared_from_output(y: f64, _: &[f64]) -> f64 {
    2.0 * y.sqrt()
}

pub(crate) fn relu_squared_second(x: f64, _: &[f64]) -> f64 {
    2.0 * indicator(x > 0.0)
}

pub(crate) fn hardshrink(x: f64, p: &[f64]) -> Exact {
    shrink(x, &[p[0], 0.0])
}

pub(crate) fn hardshrink_from_output(y: f64, p: &[f64]) -> f64 {
    indicator(y.abs() > p[0])
}

pub(crate) fn softshrink(x: f64, p: &[f64]) -> Exact {
    shrink(x, &[p[0], p[0]])
}

pub(crate) fn softshrink_from_output(y: f64, _: &[f64]) -> f64 {
    indicator(y != 0.0)
}

pub(crate) fn shrink(x: f64, p: &[f64]) -> Exact {
    let (lambda, bias) = (p[0], p[1]);
    if x > lambda {
        exact(x - bias, 1.0)
    } else if x < -lambda {
        exact(x + bias, 1.0)
    } else {
        exact(0.0, 0.0)
    }
}

pub(crate) fn hardsigmoid(x: f64, p: &[f64]) -> Exact {
    let (slope, offset) = (p[0], p[1]);
    let product = times(slope, x);
    let line = product + offset;
    // The product less 1 is exact near 1: so a line just short of 1 does not round to it.
    let above =
        if (0.5..=2.0).contains(&product) { product - 1.0 + offset } else { product + (offset - 1.0) };
    exact(line.clamp(0.0, 1.0), if line > 0.0 && above < 0.0 { slope } else { 0.0 })
}

pub(crate) fn hardsigmoid_from_output(y: f64, p: &[f64]) -> f64 {
    if 0.0 < y && y < 1.0 { p[0] } else { 0.0 }
}

pub(crate) fn hardswish(x: f64, _: &[f64]) -> Exact {
    if x <= -3.0 {
        exact(0.0, 0.0)
    } else if x < 3.0 {
        exact(x * (x + 3.0) / 6.0, (2.0 * x + 3.0) / 6.0)
    } else {
        exact(x, 1.0)
    }
}

pub(crate) fn hardswish_second(x: f64, _: &[f64]) -> f64 {
    indicator(x.abs() < 3.0) / 3.0
}

pub(crate) fn sparse_plus(x: f64, _: &[f64]) -> Exact {
    let half = 0.5 * (x + 1.0);
    if x <= -1.0 {
        exact(0.0, 0.0)
    } else if x < 1.0 {
        exact(half * half, half)
    } else {
        exact(x, 1.0)
    }
}

pub(crate) fn sparse_plus_second(x: f64, _: &[f64]) -> f64 {
    sparse_sigmoid(x, &[]).derivative
}

pub(crate) fn sparse_sigmoid(x: f64, _: &[f64]) -> Exact {
    exact((0.5 * (x + 1.0)).clamp(0.0, 1.0), if -1.0 < x && x < 1.0 { 0.5 } else { 0.0 })
}

pub(crate) fn sparse_sigmoid_from_output(y: f64, _: &[f64]) -> f64 {
    if 0.0 < y && y < 1.0 { 0.5 } else { 0.0 }
}

// Algebraic functions.

pub(crate) fn softsign(x: f64, _: &[f64]) -> Exact {
    let inverse = 1.0 / (1.0 + x.abs());
    let value = if x.is_infinite() { x.signum() } else { x * inverse };
    exact(value, inverse * inverse)
}

pub(crate) fn softsign_from_output(y: f64, _: &[f64]) -> f64 {
    let rest = 1.0 - y.abs();
    rest * rest
}

/// Odd, with a jump at 0, whose middle is 0.
pub(crate) fn softsign_second(x: f64, _: &[f64]) -> f64 {
    if x == 0.0 { 0.0 } else { (2.0 / (1.0 + x.abs()).powi(3)).copysign(-x) }
}

/// With q = sqrt(x^2 + b): (|x| + q) / 2 on the right, and (q - |x|) / 2 = b / (2 (|x| + q)) on the left.
pub(crate) fn squareplus(x: f64, p: &[f64]) -> Exact {
    let b = p[0];
    let root = (x * x + b).sqrt();
    let twice = x.abs() + root;
    let (rest, share) = if root == 0.0 { (0.0, 0.5) } else { (0.5 * b / twice, 0.5 * b / (twice * root)) };
    if x < 0.0 { exact(rest, share) } else { exact(0.5 * twice, 1.0 - share) }
}

/// The derivative is (1 + x / q) / 2, whose own derivative is (1 - (x / q)^2) / (2 q), and q^2 - x^2 = b.
pub(crate) fn squareplus_second(x: f64, p: &[f64]) -> f64 {
    let root = (x * x + p[0]).sqrt();
    if p[0] == 0.0 { 0.0 } else { 0.5 * p[0] / root.powi(3) }
}

// Functions of one exponential.

/// s(x) and s(-x)
fn logistic(x: f64) -> (f64, f64) {
    if x.abs() < TINY {
        return (0.5 + 0.25 * x, 0.5 - 0.25 * x);
    }
    if x.abs() > 320.0 {
        return (indicator(x > 0.0), indicator(x < 0.0));
    }
    let e = (-x.abs()).exp();
    let (small, large) = (e / (1.0 + e), 1.0 / (1.0 + e));
    if x > 0.0 { (large, small) } else { (small, large) }
}

/// log(1 + e^x)
fn log_one_plus_exp(x: f64) -> f64 {
    if x.abs() < TINY {
        std::f64::consts::LN_2 + 0.5 * x
    } else if x > 40.0 {
        x
    } else if x < -320.0 {
        0.0
    } else {
        x.max(0.0) + (-x.abs()).exp().ln_1p()
    }
}

/// e^x and e^x - 1
fn exp_and_expm1(x: f64) -> (f64, f64) {
    if x.abs() < TINY {
        (1.0 + x, x + 0.5 * x * x)
    } else if x.abs() < 1.0 {
        let expm1 = x.exp_m1();
        (1.0 + expm1, expm1)
    } else if x < -320.0 {
        (0.0, -1.0)
    } else {
        let exp = x.exp();
        (exp, exp - 1.0)
    }
}

pub(crate) fn sigmoid(x: f64, _: &[f64]) -> Exact {
    let (value, rest) = logistic(x);
    exact(value, value * rest)
}

/// s (1 - s) (1 - 2 s): with s(x) = (1 + tanh(x / 2)) / 2, an eighth of the second derivative of tanh at x / 2.
pub(crate) fn sigmoid_second(x: f64, _: &[f64]) -> f64 {
    0.125 * tanh_second(0.5 * x, &[])
}

pub(crate) fn sigmoid_from_output(y: f64, _: &[f64]) -> f64 {
    y * (1.0 - y)
}

/// With e = exp(-2 |x|): (1 - e) / (1 + e), and 4 e / (1 + e)^2.
pub(crate) fn tanh(x: f64, _: &[f64]) -> Exact {
    if x.abs() < TINY {
        return exact(x, 1.0);
    }
    let (e, expm1) = exp_and_expm1(-2.0 * x.abs());
    let sum = 1.0 + e;
    exact((-expm1 / sum).copysign(x), 4.0 * e / (sum * sum))
}

/// -2 tanh (1 - tanh^2) = -8 e (1 - e) / (1 + e)^3 with e = exp(-2 |x|), odd.
pub(crate) fn tanh_second(x: f64, _: &[f64]) -> f64 {
    if x.abs() < TINY {
        return -2.0 * x;
    }
    let (e, expm1) = exp_and_expm1(-2.0 * x.abs());
    let sum = 1.0 + e;
    (8.0 * e * expm1 / (sum * sum * sum)).copysign(-x)
}

pub(crate) fn tanh_from_output(y: f64, _: &[f64]) -> f64 {
    (1.0 - y) * (1.0 + y)
}

/// Lambert's continued fraction tanh x = x / (1 + w), w = x^2 / (3 + x^2 / (5 + ...)), gives x - tanh x = x w
/// / (1 + w).
pub(crate) fn tanhshrink(x: f64, _: &[f64]) -> Exact {
    let square = x * x;
    if x.abs() < TINY {
        return exact(x * square / 3.0, square);
    }
    if x.abs() < 0.5 {
        let tail =
            [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0].iter().fold(17.0, |below, odd| odd + square / below);
        let tanh = x / (1.0 + square / tail);
        return exact(tanh * square / tail, tanh * tanh);
    }
    let tanh = tanh(x, &[]).value;
    exact(x - tanh, tanh * tanh)
}

pub(crate) fn tanhshrink_second(x: f64, _: &[f64]) -> f64 {
    -tanh_second(x, &[])
}

pub(crate) fn logsigmoid(x: f64, _: &[f64]) -> Exact {
    exact(-log_one_plus_exp(-x), logistic(x).1)
}

/// y = log s(x) is at most 0, and s(-x) = 1 - e^y.
pub(crate) fn logsigmoid_from_output(y: f64, _: &[f64]) -> f64 {
    -y.exp_m1()
}

pub(crate) fn logsigmoid_second(x: f64, _: &[f64]) -> f64 {
    -sigmoid(x, &[]).derivative
}

pub(crate) fn softplus(x: f64, p: &[f64]) -> Exact {
    let (beta, threshold) = (p[0], p[1]);
    let product = beta * x;
    if product > threshold {
        return exact(x, 1.0);
    }
    exact(log_one_plus_exp(product) / beta, logistic(product).0)
}

pub(crate) fn softplus_from_output(y: f64, p: &[f64]) -> f64 {
    let product = p[0] * y;
    if product > p[1] { 1.0 } else { -(-product).exp_m1() }
}

pub(crate) fn softplus_second(x: f64, p: &[f64]) -> f64 {
    let product = p[0] * x;
    if product > p[1] { 0.0 } else { p[0] * sigmoid(product, &[]).derivative }
}

pub(crate) fn elu(x: f64, p: &[f64]) -> Exact {
    if x > 0.0 {
        return exact(x, 1.0);
    }
    let (exp, expm1) = exp_and_expm1(x);
    exact(p[0] * expm1, p[0] * exp)
}

pub(crate) fn elu_from_output(y: f64, p: &[f64]) -> f64 {
    if y > 0.0 { 1.0 } else { y + p[0] }
}

pub(crate) fn elu_second(x: f64, p: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { elu(x, p).derivative }
}

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
/// Scale times alpha, as two words.
const SELU_FLOOR: (f64, f64) = (1.758_099_340_847_376_8, 1.415_351_938_008_45e-17);

pub(crate) fn selu(x: f64, _: &[f64]) -> Exact {
    let Exact { value, derivative } = elu(x, &[SELU_ALPHA]);
    exact(SELU_SCALE * value, SELU_SCALE * derivative)
}

pub(crate) fn selu_from_output(y: f64, _: &[f64]) -> f64 {
    if y > 0.0 { SELU_SCALE } else { (y + SELU_FLOOR.0) + SELU_FLOOR.1 }
}

pub(crate) fn selu_second(x: f64, _: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { selu(x, &[]).derivative }
}

pub(crate) fn celu(x: f64, p: &[f64]) -> Exact {
    if x > 0.0 || p[0].is_infinite() {
        return exact(x, 1.0);
    }
    let (exp, expm1) = exp_and_expm1(x / p[0]);
    exact(p[0] * expm1, exp)
}

pub(crate) fn celu_from_output(y: f64, p: &[f64]) -> f64 {
    if y > 0.0 || p[0].is_infinite() { 1.0 } else { (y + p[0]) / p[0] }
}

pub(crate) fn celu_second(x: f64, p: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { celu(x, p).derivative / p[0] }
}

/// x s(z) and d/dx (x s(z)) = s(z) (1 + slope s(-z)), where slope = x dz/dx, without cancellation: with e =
/// exp(-|z|), (1 + e (1 + slope)) / (1 + e)^2 on the right and e (e + 1 + slope) / (1 + e)^2 on the left.
/// Beside that sum's zero, `precisely` gives it.
fn gate(x: f64, z: f64, slope: f64, precisely: impl Fn() -> DoubleDouble) -> Exact {
    if z.abs() > 320.0 {
        return if z > 0.0 { exact(x, 1.0) } else { exact(0.0, 0.0) };
    }
    if z.abs() < TINY {
        let s = 0.5 + 0.25 * z;
        return exact(x * s, s + 0.25 * slope);
    }
    let e = (-z.abs()).exp();
    let inverse = 1.0 / (1.0 + e);
    if z > 0.0 {
        return exact(x * inverse, (1.0 + e * (1.0 + slope)) * inverse * inverse);
    }
    let sum = e + (1.0 + slope);
    let sum = if cancels(sum, slope) { precisely().value() } else { sum };
    exact(x * e * inverse, e * sum * inverse * inverse)
}

pub(crate) fn silu(x: f64, _: &[f64]) -> Exact {
    swish(x, &[1.0])
}

pub(crate) fn swish(x: f64, p: &[f64]) -> Exact {
    let z = times(p[0], x);
    gate(x, z, z, || DoubleDouble::from(z).exp() + 1.0 + z)
}

/// The second derivative of x s(x), an even function: e ((2 - a) + e (2 + a)) / (1 + e)^3 with a = |x| and e = exp(-a).
pub(crate) fn silu_second(x: f64, _: &[f64]) -> f64 {
    let a = x.abs();
    if a > 320.0 {
        return 0.0;
    }
    let e = (-a).exp();
    let sum = (2.0 - a) + e * (2.0 + a);
    let precisely = || DoubleDouble::from(-a).exp() * (2.0 + a) + (2.0 - a);
    let sum = if cancels(sum, 2.0 - a) { precisely().value() } else { sum };
    e * sum / (1.0 + e).powi(3)
}

pub(crate) fn swish_beta(x: f64, p: &[f64]) -> f64 {
    let (s, rest) = logistic(times(p[0], x));
    times(s * rest, x * x)
}

pub(crate) fn swish_second(x: f64, p: &[f64]) -> f64 {
    p[0] * silu_second(times(p[0], x), &[])
}

/// Of x^2 s (1 - s) by x, too: x times what beta is times above.
pub(crate) fn swish_second_beta(x: f64, p: &[f64]) -> f64 {
    times(silu_second(times(p[0], x), &[]), x)
}

pub(crate) fn quick_gelu(x: f64, p: &[f64]) -> Exact {
    swish(x, p)
}

pub(crate) fn quick_gelu_second(x: f64, p: &[f64]) -> f64 {
    swish_second(x, p)
}

/// 2 sqrt(2 / pi), and 0.044715.
const GELU_TANH: [DoubleDouble; 2] = [
    DoubleDouble::new(1.595_769_121_605_730_8, -9.969_308_809_110_92e-17),
    DoubleDouble::new(0.044_715, 2.196_021_142_708_559_5e-18),
];

pub(crate) fn gelu_tanh(x: f64, _: &[f64]) -> Exact {
    if x.abs() > 16.0 {
        return if x > 0.0 { exact(x, 1.0) } else { exact(0.0, 0.0) };
    }
    let [factor, cubic] = GELU_TANH;
    let inner = x * factor.value();
    let bend = cubic.value() * x * x;
    gate(x, inner * (1.0 + bend), inner * (1.0 + 3.0 * bend), || {
        let (inner, bend) = (factor * x, cubic * DoubleDouble::product(x, x));
        (inner * (bend + 1.0)).exp() + 1.0 + inner * (bend * 3.0 + 1.0)
    })
}

/// With z = z(x), s'(z) (2 z' + x z'' - x z'^2 tanh(z / 2)), an even function. Beside its zero as a sum of double-doubles: of that in
/// brackets times 1 + e, e = exp(-z).
pub(crate) fn gelu_tanh_second(x: f64, _: &[f64]) -> f64 {
    let a = x.abs();
    if a > 16.0 {
        return 0.0;
    }
    let [factor, cubic] = GELU_TANH;
    let bend = cubic.value() * a * a;
    let z = factor.value() * a * (1.0 + bend);
    let slope = factor.value() * (1.0 + 3.0 * bend);
    let (first, second) = (2.0 * factor.value() * (1.0 + 6.0 * bend), a * slope * slope);
    let (e, expm1) = exp_and_expm1(-z);
    let sum = first + second * expm1 / (1.0 + e);
    let precisely = || {
        let bend = cubic * DoubleDouble::product(a, a);
        let slope = factor * (bend * 3.0 + 1.0);
        let (first, second) = (factor * (bend * 6.0 + 1.0) * 2.0, slope * slope * a);
        let e = (-(factor * (bend + 1.0) * a)).exp();
        (first - second + e * (first + second)).value() / (1.0 + e.value())
    };
    let sum = if cancels(sum, first) { precisely() } else { sum };
    e / ((1.0 + e) * (1.0 + e)) * sum
}

/// With u = e^x: tanh(log(1 + u)) = u (u + 2) / (u (u + 2) + 2), and the derivative is
/// u (u^3 + 4 u^2 + 6 u + 4 + 4 x (1 + u)) / (u (u + 2) + 2)^2. On the right both in 1 / u.
pub(crate) fn mish(x: f64, _: &[f64]) -> Exact {
    if x.abs() > 128.0 {
        return if x > 0.0 { exact(x, 1.0) } else { exact(0.0, 0.0) };
    }
    if x.abs() < TINY {
        return exact(x * (0.6 + 0.32 * x), 0.6 + 0.64 * x);
    }
    let u = (-x.abs()).exp();
    if x > 0.0 {
        let below = 1.0 + u * (2.0 + 2.0 * u);
        let slope = 1.0 + u * (4.0 + u * (6.0 + 4.0 * x + u * (4.0 + 4.0 * x)));
        return exact(x * (1.0 + 2.0 * u) / below, slope / (below * below));
    }
    let below = u * (u + 2.0) + 2.0;
    let cubic = ((u + 4.0) * u + 6.0) * u + 4.0;
    let sum = cubic + 4.0 * x * (1.0 + u);
    let sum = if cancels(sum, cubic) { mish_sum(x).value() } else { sum };
    exact(x * u * (u + 2.0) / below, u * sum / (below * below))
}

/// 2 t' + x t'' with t = u (u + 2) / d, d = u (u + 2) + 2: t' = 4 u (1 + u) / d^2 and t'' = 4 u (2 + 2 u - 3 u^2 - 2 u^3) / d^3. On the right
/// both in 1 / u. Beside the zeros the sum's numerator is one of double-doubles.
pub(crate) fn mish_second(x: f64, _: &[f64]) -> f64 {
    if x.abs() > 128.0 {
        return 0.0;
    }
    let u = (-x.abs()).exp();
    let precise = || DoubleDouble::from(-x.abs()).exp();
    // What 4 u / d^3, or its counterpart, is a factor of.
    let (below, factor, first, second) = if x > 0.0 {
        let below = 1.0 + u * (2.0 + 2.0 * u);
        (below, u, 2.0 * (1.0 + u) * below, x * (u * (2.0 * u * (u + 1.0) - 3.0) - 2.0))
    } else {
        let below = u * (u + 2.0) + 2.0;
        (below, 1.0, 2.0 * (1.0 + u) * below, x * (2.0 + u * (2.0 - u * (3.0 + 2.0 * u))))
    };
    let sum = first + second;
    let sum = if !cancels(sum, first) {
        sum
    } else if x > 0.0 {
        let u = precise();
        let below = u * (u * 2.0 + 2.0) + 1.0;
        ((u + 1.0) * 2.0 * below + (u * (u * (u + 1.0) * 2.0 - 3.0) - 2.0) * x).value()
    } else {
        let u = precise();
        let below = u * (u + 2.0) + 2.0;
        ((u + 1.0) * 2.0 * below + (-(u * (u * (u * 2.0 + 3.0) - 2.0)) + 2.0) * x).value()
    };
    4.0 * u * factor * sum / below.powi(3)
}

fn mish_sum(x: f64) -> DoubleDouble {
    let u = DoubleDouble::from(x).exp();
    ((u + 4.0) * u + 6.0) * u + 4.0 + (u + 1.0) * (4.0 * x)
}

// The normal distribution.

pub(crate) fn gelu_erf(x: f64, _: &[f64]) -> Exact {
    if x.abs() > 16.0 {
        return if x > 0.0 { exact(x, 1.0) } else { exact(0.0, 0.0) };
    }
    if x.abs() < TINY {
        let moment = x * DENSITY_AT_0;
        return exact(x * (0.5 + moment), 0.5 + 2.0 * moment);
    }
    let (density, tail) = normal::density_and_tail(x.abs());
    let moment = x * density;
    if x > 0.0 {
        return exact(x * (1.0 - tail), (1.0 - tail) + moment);
    }
    let sum = tail + moment;
    let derivative = if cancels(sum, tail) { normal::probability_and_moment(x) } else { sum };
    exact(x * tail, derivative)
}

/// phi(x) (2 - x^2): the square of an f32 is exact in f64.
pub(crate) fn gelu_erf_second(x: f64, _: &[f64]) -> f64 {
    if x.abs() > 40.0 { 0.0 } else { DENSITY_AT_0 * (-0.5 * x * x).exp() * (2.0 - x * x) }
}

// Periodic.

/// 1 + sin 2z = (sin z + cos z)^2, which does not cancel twice. At an infinity the derivative has no limit:
/// its mean, 1.
pub(crate) fn snake(x: f64, p: &[f64]) -> Exact {
    let alpha = p[0];
    if x.is_infinite() {
        return exact(x, 1.0);
    }
    let z = alpha * x;
    if z.abs() < TINY {
        return exact(x + x * z, 1.0 + 2.0 * z);
    }
    let (sin, cos) = z.sin_cos();
    let sum = sin + cos;
    let root = if reducible(z) && cancels(sum, sin) { snake_root(z).value() } else { sum };
    exact(x + sin * sin / alpha, root * root)
}

/// The angle is exact. At an infinity as at 0.
pub(crate) fn snake_second(x: f64, p: &[f64]) -> f64 {
    2.0 * p[0] * cos(2.0 * p[0] * x, &[]).value
}

fn snake_root(z: f64) -> DoubleDouble {
    let (sin, cos) = DoubleDouble::from(z).sin_cos();
    sin + cos
}

/// (z sin 2z - sin^2 z) / alpha^2, whose zeros are those of sin z, which std keeps, and of 2 z cos z - sin z.
/// At an infinity there is no limit: 0.
pub(crate) fn snake_alpha(x: f64, p: &[f64]) -> f64 {
    let alpha = p[0];
    let z = alpha * x;
    if z.abs() < TINY {
        return x * x;
    }
    if z.is_infinite() {
        return 0.0;
    }
    let (sin, cos) = z.sin_cos();
    let factor = 2.0 * z * cos - sin;
    let factor = if reducible(z) && cancels(factor, z) { snake_alpha_factor(z).value() } else { factor };
    sin * factor / (alpha * alpha)
}

pub(crate) fn snake_second_alpha(x: f64, p: &[f64]) -> f64 {
    if x.is_infinite() { 0.0 } else { 2.0 * x * cos(2.0 * p[0] * x, &[]).value }
}

fn snake_alpha_factor(z: f64) -> DoubleDouble {
    let (sin, cos) = DoubleDouble::from(z).sin_cos();
    cos * (2.0 * z) - sin
}

/// Whether double-double arithmetic reduces z by pi / 2 with digits to spare.
fn reducible(z: f64) -> bool {
    z.abs() < 1_048_576.0
}

/// b + 1e-9 in two words: the zeros of what it is part of depend on it.
fn snakebeta_divisor(p: &[f64]) -> DoubleDouble {
    DoubleDouble::from(p[1]) + 1e-9
}

/// With b = beta + 1e-9: (b x + sin^2 z) / b, and (b + 2 alpha sin z cos z) / b. At an infinity as snake.
pub(crate) fn snakebeta(x: f64, p: &[f64]) -> Exact {
    let (alpha, divisor) = (p[0], snakebeta_divisor(p));
    let b = divisor.value();
    if x.is_infinite() {
        return exact(x, 1.0);
    }
    let z = alpha * x;
    if z.abs() < TINY {
        return exact(x + z * z / b, 1.0 + 2.0 * alpha / b * z);
    }
    let (sin, cos) = z.sin_cos();
    let (square, product) = (sin * sin, 2.0 * alpha * sin * cos);
    let precisely = || DoubleDouble::from(z).sin_cos();
    let value = if reducible(z) && cancels(b * x + square, square) {
        let (sin, _) = precisely();
        (divisor * x + sin * sin).value()
    } else {
        b * x + square
    };
    let derivative = if reducible(z) && cancels(b + product, b) {
        let (sin, cos) = precisely();
        (divisor + sin * cos * (2.0 * alpha)).value()
    } else {
        b + product
    };
    exact(value / b, derivative / b)
}

pub(crate) fn snakebeta_second(x: f64, p: &[f64]) -> f64 {
    2.0 * p[0] * p[0] / snakebeta_divisor(p).value() * cos(2.0 * p[0] * x, &[]).value
}

pub(crate) fn snakebeta_alpha(x: f64, p: &[f64]) -> f64 {
    let z = p[0] * x;
    if z.is_infinite() { 0.0 } else { 2.0 * x * z.sin() * z.cos() / snakebeta_divisor(p).value() }
}

/// (sin w + w cos w) / b with w = 2 alpha x. At an infinity as at 0.
pub(crate) fn snakebeta_second_alpha(x: f64, p: &[f64]) -> f64 {
    let w = 2.0 * p[0] * x;
    if w.is_infinite() {
        return 0.0;
    }
    let (sin, cos) = w.sin_cos();
    let sum = sin + w * cos;
    let precisely = || {
        let (sin, cos) = DoubleDouble::from(w).sin_cos();
        sin + cos * w
    };
    let sum = if reducible(w) && cancels(sum, sin) { precisely().value() } else { sum };
    sum / snakebeta_divisor(p).value()
}

pub(crate) fn snakebeta_beta(x: f64, p: &[f64]) -> f64 {
    let z = p[0] * x;
    if z.is_infinite() { 0.0 } else { -(z.sin() / snakebeta_divisor(p).value()).powi(2) }
}

pub(crate) fn snakebeta_second_beta(x: f64, p: &[f64]) -> f64 {
    -p[0] * sin(2.0 * p[0] * x, &[]).value / snakebeta_divisor(p).value().powi(2)
}

// Quadratic and exponential.

/// e^x - 1 - x, for x <= 0: near 0 by its series x^2 / 2 (1 + x / 3 (1 + x / 4 (...))).
fn exp_excess(x: f64) -> f64 {
    if x < -0.5 {
        return x.exp() - 1.0 - x;
    }
    let terms: i32 = if x > -TINY { 4 } else { 15 };
    0.5 * x * x * (3..=terms).rev().fold(1.0, |sum, k| 1.0 + sum * x / f64::from(k))
}

pub(crate) fn xielu(x: f64, p: &[f64]) -> Exact {
    let (alpha_p, alpha_n, beta) = (p[0], p[1], p[2]);
    if x > 0.0 {
        let product = times(alpha_p, x);
        return exact(times(product + beta, x), 2.0 * product + beta);
    }
    // The smaller sums: alpha_n e^x + (beta - alpha_n) where e^x is small, alpha_n (e^x - 1) + beta where it
    // is near 1.
    let (exp, expm1) = exp_and_expm1(x);
    let (curve, line, slope) = if x < -0.5 {
        (alpha_n * expm1, times(beta - alpha_n, x), (alpha_n * exp, beta - alpha_n))
    } else {
        (alpha_n * exp_excess(x), beta * x, (alpha_n * expm1, beta))
    };
    let value = curve + line;
    let derivative = slope.0 + slope.1;
    let [precise_value, precise_derivative] = [cancels(value, line), cancels(derivative, slope.1)];
    exact(
        if precise_value { xielu_value(x, alpha_n, beta).value() } else { value },
        if precise_derivative { xielu_slope(x, alpha_n, beta).value() } else { derivative },
    )
}

fn xielu_value(x: f64, alpha_n: f64, beta: f64) -> DoubleDouble {
    DoubleDouble::from(x).exp_excess() * alpha_n + DoubleDouble::product(beta, x)
}

fn xielu_slope(x: f64, alpha_n: f64, beta: f64) -> DoubleDouble {
    (DoubleDouble::from(x).exp_excess() + x) * alpha_n + beta
}

pub(crate) fn xielu_alpha_p(x: f64, _: &[f64]) -> f64 {
    if x > 0.0 { x * x } else { 0.0 }
}

pub(crate) fn xielu_alpha_n(x: f64, _: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { exp_excess(x) }
}

pub(crate) fn xielu_second(x: f64, p: &[f64]) -> f64 {
    if x > 0.0 { 2.0 * p[0] } else { p[1] * exp_and_expm1(x).0 }
}

pub(crate) fn xielu_second_alpha_p(x: f64, _: &[f64]) -> f64 {
    2.0 * x.max(0.0)
}

pub(crate) fn xielu_second_alpha_n(x: f64, _: &[f64]) -> f64 {
    if x > 0.0 { 0.0 } else { exp_and_expm1(x).1 }
}

// Elementary functions. Where one is not defined, its value and its derivative are NaN.

pub(crate) fn exp(x: f64, _: &[f64]) -> Exact {
    let (exp, _) = exp_and_expm1(x);
    exact(exp, exp)
}

pub(crate) fn exp_second(x: f64, _: &[f64]) -> f64 {
    exp(x, &[]).derivative
}

pub(crate) fn exp_from_output(y: f64, _: &[f64]) -> f64 {
    y
}

pub(crate) fn expm1(x: f64, _: &[f64]) -> Exact {
    let (exp, expm1) = exp_and_expm1(x);
    exact(expm1, exp)
}

pub(crate) fn expm1_from_output(y: f64, _: &[f64]) -> f64 {
    1.0 + y
}

pub(crate) fn log(x: f64, _: &[f64]) -> Exact {
    exact(x.ln(), if x < 0.0 { f64::NAN } else { x.abs().recip() })
}

pub(crate) fn log_second(x: f64, _: &[f64]) -> f64 {
    if x < 0.0 { f64::NAN } else { -(x * x).recip() }
}

pub(crate) fn log1p(x: f64, _: &[f64]) -> Exact {
    exact(x.ln_1p(), if x < -1.0 { f64::NAN } else { (1.0 + x).recip() })
}

pub(crate) fn log1p_second(x: f64, _: &[f64]) -> f64 {
    log_second(1.0 + x, &[])
}

/// At an infinity neither the sine nor the cosine has a limit: those at 0.
pub(crate) fn sin(x: f64, _: &[f64]) -> Exact {
    let (sin, cos) = if x.is_infinite() { (0.0, 1.0) } else { x.sin_cos() };
    exact(sin, cos)
}

pub(crate) fn sin_second(x: f64, _: &[f64]) -> f64 {
    -sin(x, &[]).value
}

pub(crate) fn cos(x: f64, _: &[f64]) -> Exact {
    let Exact { value, derivative } = sin(x, &[]);
    exact(derivative, -value)
}

pub(crate) fn cos_second(x: f64, _: &[f64]) -> f64 {
    -cos(x, &[]).value
}

/// 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / (3 5) + ...), whose terms have one sign; from 1 on 1 - 2 Phi(-sqrt(2) |x|).
pub(crate) fn erf(x: f64, _: &[f64]) -> Exact {
    const SLOPE_AT_0: f64 = std::f64::consts::FRAC_2_SQRT_PI;
    if x.abs() < TINY {
        return exact(x * SLOPE_AT_0, SLOPE_AT_0);
    }
    let slope = SLOPE_AT_0 * exp_and_expm1(-x * x).0;
    if x.abs() > 6.0 {
        return exact(x.signum(), slope);
    }
    if x.abs() > 1.0 {
        let (_, tail) = normal::density_and_tail(std::f64::consts::SQRT_2 * x.abs());
        return exact((1.0 - 2.0 * tail).copysign(x), slope);
    }
    let series = (1..=20).rev().fold(1.0, |sum, k| 1.0 + sum * 2.0 * x * x / f64::from(2 * k + 1));
    exact(slope * x * series, slope)
}

pub(crate) fn erf_second(x: f64, _: &[f64]) -> f64 {
    times(erf(x, &[]).derivative, -2.0 * x)
}

pub(crate) fn sqrt(x: f64, _: &[f64]) -> Exact {
    let root = x.sqrt();
    exact(root, sqrt_from_output(root, &[]))
}

pub(crate) fn sqrt_second(x: f64, _: &[f64]) -> f64 {
    0.5 * rsqrt(x, &[]).derivative
}

pub(crate) fn sqrt_from_output(y: f64, _: &[f64]) -> f64 {
    0.5 / y.abs()
}

pub(crate) fn rsqrt(x: f64, _: &[f64]) -> Exact {
    let root = x.sqrt();
    exact(root.abs().recip(), -0.5 / (x.abs() * root.abs()))
}

pub(crate) fn rsqrt_second(x: f64, _: &[f64]) -> f64 {
    0.75 / (x * x * x.sqrt().abs())
}

pub(crate) fn rsqrt_from_output(y: f64, _: &[f64]) -> f64 {
    -0.5 * y.powi(3)
}

pub(crate) fn reciprocal(x: f64, _: &[f64]) -> Exact {
    exact(x.recip(), -(x * x).recip())
}

pub(crate) fn reciprocal_second(x: f64, _: &[f64]) -> f64 {
    2.0 / (x * x * x)
}

pub(crate) fn reciprocal_from_output(y: f64, _: &[f64]) -> f64 {
    -(y * y)
}

pub(crate) fn abs(x: f64, _: &[f64]) -> Exact {
    exact(x.abs(), sign(x, &[]).value)
}

pub(crate) fn sign(x: f64, _: &[f64]) -> Exact {
    exact(if x == 0.0 { 0.0 } else { x.signum() }, 0.0)
}

pub(crate) fn sign_from_output(_: f64, _: &[f64]) -> f64 {
    0.0
}

pub(crate) fn square(x: f64, _: &[f64]) -> Exact {
    exact(x * x, 2.0 * x)
}

pub(crate) fn square_second(_: f64, _: &[f64]) -> f64 {
    2.0
}

// Lines, corners and caps.

/// A product of two f32 is exact in f64; beside a zero of the sum, so is that.
pub(crate) fn linear(x: f64, p: &[f64]) -> Exact {
    exact(times(p[0], x) + p[1], p[0])
}

pub(crate) fn linear_from_output(_: f64, p: &[f64]) -> f64 {
    p[0]
}

pub(crate) fn step(x: f64, p: &[f64]) -> Exact {
    exact(indicator(x >= p[0]), 0.0)
}

pub(crate) fn step_from_output(_: f64, _: &[f64]) -> f64 {
    0.0
}

pub(crate) fn hard_mish(x: f64, _: &[f64]) -> Exact {
    if x <= -2.0 {
        exact(0.0, 0.0)
    } else if x < 0.0 {
        // The square of an f32 is exact in f64, so that this rounds once, and beside -2, where it cancels, not at all.
        exact(x + 0.5 * x * x, 1.0 + x)
    } else {
        exact(x, 1.0)
    }
}

pub(crate) fn hard_mish_second(x: f64, _: &[f64]) -> f64 {
    indicator(-2.0 < x && x < 0.0)
}

pub(crate) fn smelu(x: f64, p: &[f64]) -> Exact {
    let beta = p[0];
    let sum = x + beta;
    if x <= -beta {
        exact(0.0, 0.0)
    } else if x < beta {
        exact(sum * sum / (4.0 * beta), sum / (2.0 * beta))
    } else {
        exact(x, 1.0)
    }
}

pub(crate) fn smelu_second(x: f64, p: &[f64]) -> f64 {
    indicator(x.abs() < p[0]) / (2.0 * p[0])
}

pub(crate) fn lisht(x: f64, _: &[f64]) -> Exact {
    let Exact { value, derivative } = tanh(x, &[]);
    exact(x * value, value + times(derivative, x))
}

/// x tanh x = 2 x s(2 x) - x.
pub(crate) fn lisht_second(x: f64, _: &[f64]) -> f64 {
    4.0 * silu_second(2.0 * x, &[])
}

/// log(cosh x) is half the logarithm of 1 + sinh^2 x.
pub(crate) fn logcosh(x: f64, _: &[f64]) -> Exact {
    let size = x.abs();
    let value = if size < TINY {
        0.5 * x * x
    } else if size < 20.0 {
        0.5 * size.sinh().powi(2).ln_1p()
    } else {
        size - std::f64::consts::LN_2
    };
    exact(value, tanh(x, &[]).value)
}

pub(crate) fn logcosh_second(x: f64, _: &[f64]) -> f64 {
    tanh(x, &[]).derivative
}

/// An infinite cap is none.
pub(crate) fn softcap(x: f64, p: &[f64]) -> Exact {
    if p[0].is_infinite() {
        return exact(x, 1.0);
    }
    let Exact { value, derivative } = tanh(x / p[0], &[]);
    exact(p[0] * value, derivative)
}

pub(crate) fn softcap_second(x: f64, p: &[f64]) -> f64 {
    tanh_second(x / p[0], &[]) / p[0]
}

pub(crate) fn softcap_from_output(y: f64, p: &[f64]) -> f64 {
    tanh_from_output(y / p[0], &[])
}

pub(crate) fn scaled_tanh(x: f64, p: &[f64]) -> Exact {
    let Exact { value, derivative } = tanh(p[1] * x, &[]);
    exact(p[0] * value, p[0] * p[1] * derivative)
}

pub(crate) fn scaled_tanh_second(x: f64, p: &[f64]) -> f64 {
    p[0] * p[1] * p[1] * tanh_second(p[1] * x, &[])
}

pub(crate) fn scaled_tanh_from_output(y: f64, p: &[f64]) -> f64 {
    p[1] * ((p[0] * p[0] - y * y) / p[0])
}

/// The square of an f32 is exact in f64; its product with the scale is taken in two words.
pub(crate) fn star_relu(x: f64, p: &[f64]) -> Exact {
    let (scale, bias) = (p[0], p[1]);
    let Exact { value: square, derivative } = relu_squared(x, &[]);
    let value = if square.is_finite() {
        (DoubleDouble::product(scale, square) + bias).value()
    } else {
        times(scale, square) + bias
    };
    exact(value, times(scale, derivative))
}

pub(crate) fn star_relu_scale(x: f64, _: &[f64]) -> f64 {
    relu_squared(x, &[]).value
}

pub(crate) fn star_relu_bias(_: f64, _: &[f64]) -> f64 {
    1.0
}

pub(crate) fn star_relu_second(x: f64, p: &[f64]) -> f64 {
    2.0 * p[0] * indicator(x > 0.0)
}

pub(crate) fn star_relu_second_scale(x: f64, _: &[f64]) -> f64 {
    relu_squared(x, &[]).derivative
}

pub(crate) fn gaussian(x: f64, p: &[f64]) -> Exact {
    let z = x / p[0];
    let (bell, _) = exp_and_expm1(-0.5 * (z * z));
    exact(bell, times(bell, -z) / p[0])
}

/// (x^2 - a^2) / a^4 e^(-x^2 / (2 a^2)): the differences are exact beside their zeros.
pub(crate) fn gaussian_second(x: f64, p: &[f64]) -> f64 {
    let a = p[0];
    times(gaussian(x, p).value, (x - a) * (x + a) / a.powi(4))
}

pub(crate) fn laplace(x: f64, p: &[f64]) -> Exact {
    let z = (x - p[0]) / p[1];
    if z.abs() > 40.0 {
        return exact(indicator(z > 0.0), 0.0);
    }
    let (density, tail) = normal::density_and_tail(z.abs());
    exact(if z > 0.0 { 1.0 - tail } else { tail }, density / p[1])
}

pub(crate) fn laplace_second(x: f64, p: &[f64]) -> f64 {
    times(laplace(x, p).derivative, (p[0] - x) / (p[1] * p[1]))
}

pub(crate) fn parametric_softplus(x: f64, p: &[f64]) -> Exact {
    let (alpha, beta) = (p[0], p[1]);
    let (s, _) = logistic(times(beta, x));
    exact(times(alpha, parametric_softplus_alpha(x, p)), alpha * beta * s)
}

pub(crate) fn parametric_softplus_second(x: f64, p: &[f64]) -> f64 {
    let (s, rest) = logistic(times(p[1], x));
    p[0] * p[1] * p[1] * (s * rest)
}

pub(crate) fn parametric_softplus_alpha(x: f64, p: &[f64]) -> f64 {
    log_one_plus_exp(times(p[1], x))
}

pub(crate) fn parametric_softplus_second_alpha(x: f64, p: &[f64]) -> f64 {
    p[1] * logistic(times(p[1], x)).0
}

pub(crate) fn parametric_softplus_beta(x: f64, p: &[f64]) -> f64 {
    times(p[0] * logistic(times(p[1], x)).0, x)
}

/// The derivative of alpha z s(z) by z = beta x.
pub(crate) fn parametric_softplus_second_beta(x: f64, p: &[f64]) -> f64 {
    p[0] * silu(times(p[1], x), &[]).derivative
}

pub(crate) fn sqrtsoftplus(x: f64, _: &[f64]) -> Exact {
    let root = log_one_plus_exp(x).sqrt();
    // From here on down, softplus is e^x to f64, and vanishes where its root does not.
    if x < -40.0 {
        let root = (0.5 * x).exp();
        return exact(root, 0.5 * root);
    }
    exact(root, logistic(x).0 / (2.0 * root))
}

/// s / (2 r) ((1 - s) - s / (2 r^2)) with r the function itself; beside its zero at 0.9214 as s^2 / (4 r^3) (2 u r^2 - 1), u = e^-x.
pub(crate) fn sqrtsoftplus_second(x: f64, _: &[f64]) -> f64 {
    if x < -40.0 {
        return 0.25 * (0.5 * x).exp();
    }
    let square = log_one_plus_exp(x);
    let root = square.sqrt();
    let (s, rest) = logistic(x);
    let difference = rest - s / (2.0 * square);
    if x.is_finite() && cancels(difference, rest) {
        return s * s / (4.0 * root * square) * sqrtsoftplus_sum(x).value();
    }
    s / (2.0 * root) * difference
}

/// 2 u (x + log(1 + u)) - 1 with u = e^-x, the logarithm by a step of Newton's method.
fn sqrtsoftplus_sum(x: f64) -> DoubleDouble {
    let u = DoubleDouble::from(-x).exp();
    let log = u.value().ln_1p();
    let rest = (u + 1.0) * DoubleDouble::from(-log).exp() - 1.0;
    u * (rest + log + x) * 2.0 - 1.0
}

pub(crate) fn sqrtsoftplus_from_output(y: f64, _: &[f64]) -> f64 {
    if y.abs() < TINY { 0.5 * y } else { -(-y * y).exp_m1() / (2.0 * y) }
}

/// 2 artanh(2 x - 1); towards both ends, where 2 x rounds, by logarithms.
pub(crate) fn logit(x: f64, p: &[f64]) -> Exact {
    let eps = p[0];
    let within = if eps > 0.0 { x.clamp(eps, 1.0 - eps) } else { x };
    let value = if (0.25..=0.75).contains(&within) {
        2.0 * (2.0 * within - 1.0).atanh()
    } else if x > 0.5 && eps > 0.0 && 1.0 - x < eps {
        // 1 - eps is no f64.
        (-eps).ln_1p() - eps.ln()
    } else {
        within.ln() - (-within).ln_1p()
    };
    let closed = eps > 0.0 && (x < eps || 1.0 - x < eps);
    let ends = if (0.0..=1.0).contains(&x) { (x * (1.0 - x)).abs().recip() } else { f64::NAN };
    exact(value, if closed { 0.0 } else { ends })
}

pub(crate) fn logit_second(x: f64, p: &[f64]) -> f64 {
    let slope = logit(x, p).derivative;
    times(slope, (2.0 * x - 1.0) * slope)
}

pub(crate) fn logit_from_output(y: f64, _: &[f64]) -> f64 {
    4.0 * (0.5 * y).cosh().powi(2)
}

pub(crate) fn log1mexp(x: f64, _: &[f64]) -> Exact {
    let value = if x < std::f64::consts::LN_2 { (-(-x).exp_m1()).ln() } else { (-(-x).exp()).ln_1p() };
    exact(value, if x < 0.0 { f64::NAN } else { x.exp_m1().abs().recip() })
}

pub(crate) fn log1mexp_second(x: f64, _: &[f64]) -> f64 {
    if x < 0.0 { f64::NAN } else { -0.25 / (0.5 * x).sinh().powi(2) }
}

pub(crate) fn log1mexp_from_output(y: f64, _: &[f64]) -> f64 {
    (-y).exp_m1()
}
