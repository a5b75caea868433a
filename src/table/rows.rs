//! THE TABLE: one row per activation. Everything else (tests, benches, docs, the command) iterates it.
//!
//! `docs/adding-an-activation.md` says what a row holds and which files go with it. A row's formulas are
//! written in plain arithmetic with `^`, `? :`, `where` and the functions named in `tests/data/golden.py`,
//! which evaluates them in 50 digits: what the documentation shows is what is tested.

use crate::reference;
use crate::table::bounds::{Bound, Budget};
use crate::table::row::{Derived, FromOutput, Learnable, Parameter, Row, Second, unremarkable};

/// The backward from the output exists for all parameters.
const fn from_output(oracle: reference::ScalarOracle) -> Option<FromOutput> {
    Some(FromOutput { when: "always", holds: |_| true, oracle })
}

/// The backward from the output exists where a condition holds.
const fn from_output_if(
    when: &'static str,
    holds: fn(&[f32]) -> bool,
    oracle: reference::ScalarOracle,
) -> Option<FromOutput> {
    Some(FromOutput { when, holds, oracle })
}

/// Refuses a parameter: its position, and what it must be.
pub(crate) fn unless(holds: bool, index: usize, requirement: &'static str) -> Option<(usize, &'static str)> {
    if holds { None } else { Some((index, requirement)) }
}

/// The smallest f32 that is not below it.
pub(crate) fn rounded_up(value: f64) -> f32 {
    -rounded_down(-value)
}

/// Bounds leave a finite number between them, or are one.
fn bounds_check(p: &[f32]) -> Option<(usize, &'static str)> {
    unless(p[0] <= p[1], 0, "it must not be above max_value")
        .or_else(|| unless(p[0] < f32::INFINITY, 0, "it must be finite or minus infinity"))
        .or_else(|| unless(p[1] > f32::NEG_INFINITY, 1, "it must be finite or infinity"))
}

/// Whether a factor of the input is 0, or of a size for which its products keep their digits wherever they count.
pub(crate) fn is_scale(value: f32) -> bool {
    value == 0.0 || SCALES.contains(&value.abs())
}

/// The sizes of a factor of the input. Its products with what f32 holds are cut into parts, which are normal numbers down to
/// there, and at its other end those of the smallest inputs that it brings near 1.
const SCALES: std::ops::RangeInclusive<f32> = 1e-24..=1e24;

pub(crate) const SCALE: &str = "it must be 0, or from 1e-24 to 1e24 in size";
const SCALE_BUT_0: &str = "it must be from 1e-24 to 1e24 in size";
const SCALE_OR_INFINITE: &str = "it must be from 1e-24 to 1e24 in size, or infinite";

/// Whether a line of this slope keeps its digits beside its zero: the domain of `math_line`.
fn is_slope(value: f32) -> bool {
    value == 0.0 || (1e-9..=1e9).contains(&value.abs())
}

const MEAN_SLOPE: &str = "its mean with lower must be 0, or from 1e-9 to 1e9 in size";
const SLOPE: &str = "it must be 0, or from 1e-9 to 1e9 in size";

const ROOT: &str = "divided by slope, it must be 0 or at least 1e-28 in size";

/// A line's slope and offset.
fn line_check(p: &[f32]) -> Option<(usize, &'static str)> {
    unless(is_slope(p[0]), 0, SLOPE).or_else(|| unless(is_scale(p[1]), 1, SCALE))
}

/// A line that is kept between its roots at 0 and at 1: the differences of f32 next to the first are normal numbers.
fn kept_line_check(p: &[f32]) -> Option<(usize, &'static str)> {
    let root = (p[1] / p[0]).abs();
    line_check(p).or_else(|| unless(p[0] == 0.0 || root == 0.0 || root >= 1e-28, 1, ROOT))
}

/// Whether a factor's products with another such factor, and with the inverse of one, are far from both ends of f32.
fn is_moderate(value: f32) -> bool {
    (1e-12..=1e12).contains(&value.abs())
}

fn is_moderate_or_0(value: f32) -> bool {
    value == 0.0 || is_moderate(value)
}

const MODERATE: &str = "it must be from 1e-12 to 1e12 in size";
const MODERATE_OR_0: &str = "it must be 0, or from 1e-12 to 1e12 in size";

/// A value as two f32: the nearest one, and what is left. Values beyond f32's range stop at its end.
pub(crate) fn high_word(value: f64) -> f32 {
    (value as f32).clamp(f32::MIN, f32::MAX)
}

pub(crate) fn low_word(value: f64) -> f32 {
    let high = high_word(value);
    if high.abs() == f32::MAX { 0.0 } else { (value - f64::from(high)) as f32 }
}

/// Where a line of this slope and offset is at a level, rounded, and what it has there beyond the level: `math_line_root`.
fn line_root(p: &[f32], level: f64) -> [f32; 2] {
    let (slope, offset) = (f64::from(p[0]), f64::from(p[1]));
    if slope == 0.0 {
        return [0.0; 2];
    }
    // level - offset in two words: 1 and an offset of 24 bits may be further apart than those of an f64.
    let height = level - offset;
    let taken = height - level;
    let height_low = (level - (height - taken)) - (offset + taken);
    let root = (height / slope) as f32;
    // The product is exact in f64, and so is its difference with what it nearly is.
    [root, ((slope * f64::from(root) - height) - height_low) as f32]
}

/// The largest f32 that is not above it. A quotient of two f32 rounds to an f32 in f64 only where it is one.
fn rounded_down(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) > value { nearest.next_down() } else { nearest }
}

/// What `math_factor_power` takes of a factor's size. Its steps have 16 bits: their products with exponents up to 2^8 are exact.
pub(crate) fn factor_words(factor: f32) -> [f32; 3] {
    step_words(factor, 16)
}

/// What `math_exp_difference` takes of a scale: the same, for exponents up to 2^9.
pub(crate) fn difference_words(scale: f32) -> [f32; 3] {
    step_words(scale, 15)
}

/// How many powers of two exp(factor * x) grows by where x does by 1; how far x goes for one of them, in so many bits; and what that step has too
/// much, times the factor. For a factor of 0, any far step will do.
fn step_words(factor: f32, bits: u32) -> [f32; 3] {
    use std::f64::consts::{LN_2, LOG2_E};
    let size = f64::from(factor.abs());
    let nearest = (LN_2 / size).min(2f64.powi(126)) as f32;
    let last = 1 << (f32::MANTISSA_DIGITS - bits);
    let step = f32::from_bits((nearest.to_bits() + last / 2) & !(last - 1));
    [high_word(size * LOG2_E), step, (f64::from(step) * size - LN_2) as f32]
}

/// The three, where the factor is the first parameter.
const RATE: Derived = Derived { name: "rate", value: |p| factor_words(p[0])[0] };
const STEP: Derived = Derived { name: "step", value: |p| factor_words(p[0])[1] };
const REST: Derived = Derived { name: "rest", value: |p| factor_words(p[0])[2] };

/// Calls a macro with the rows: one list, from which [`ROWS`], [`Kind`](crate::Kind), the constructors of
/// [`Activation`](crate::Activation) and the loops on the CPU are made.
macro_rules! for_each_activation {
    ($callback:ident) => {
        $callback! {
            /// The input itself.
            Identity, identity [IDENTITY] () {
                aliases: ["Identity", "none"],
                source: "PyTorch nn.Identity, ONNX Identity",
                formula: "x",
                derivative: "1",
                second_derivative: "0",
                from_output: from_output(reference::identity_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// Rectified linear unit.
            Relu, relu [RELU] () {
                aliases: ["ReLU", "Relu"],
                source: "Nair and Hinton 2010; PyTorch nn.ReLU, ONNX Relu",
                formula: "x > 0 ? x : 0",
                derivative: "x > 0 ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at 0",
                kinks: |_| vec![0.0],
                from_output: from_output(reference::relu_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// Rectified linear unit with a fixed slope for negative inputs.
            LeakyRelu, leaky_relu [] (negative_slope = 0.01) {
                aliases: ["LeakyReLU", "LeakyRelu"],
                source: "Maas, Hannun and Ng 2013; PyTorch nn.LeakyReLU, ONNX LeakyRelu",
                formula: "x > 0 ? x : negative_slope * x",
                derivative: "x > 0 ? 1 : negative_slope",
                second_derivative: "0",
                at_kinks: "negative_slope at 0",
                kinks: |_| vec![0.0],
                samples: &[&[0.2], &[1.5], &[-0.5], &[0.0]],
                parameters_are_factors: true,
                from_output: from_output_if(
                    "negative_slope >= 0",
                    |p| p[0] >= 0.0,
                    reference::leaky_relu_from_output,
                ),
                budget: |_| Budget::rounded_once(),
            }

            /// Leaky ReLU whose slope is learned.
            Prelu, prelu [] (weight = 0.25) {
                aliases: ["PReLU", "PRelu"],
                source: "He et al. 2015; PyTorch nn.PReLU, ONNX PRelu",
                formula: "x > 0 ? x : weight * x",
                derivative: "x > 0 ? 1 : weight",
                second_derivative: "0",
                at_kinks: "weight at 0",
                kinks: |_| vec![0.0],
                samples: &[&[-1.5], &[0.0]],
                parameters_are_factors: true,
                learnable: &[Learnable {
                    parameter: "weight",
                    derivative: "x > 0 ? 0 : x",
                    oracle: reference::prelu_weight,
                    budget: |_| Bound::ROUNDED_ONCE,
                    mixed_derivative: "x > 0 ? 0 : 1",
                    mixed: Some(Second { oracle: reference::prelu_second_weight, budget: |_| Bound::ROUNDED_ONCE }),
                }],
                budget: |_| Budget::rounded_once(),
            }

            /// Leaky ReLU with the mean of two slopes, as evaluation has it; training draws a slope between them for
            /// each element.
            Rrelu, rrelu [] (lower = 0.125, upper = 0.33333334) {
                aliases: ["RReLU"],
                source: "Xu et al. 2015; PyTorch nn.RReLU in evaluation mode",
                check: |p| {
                    unless(p[0] <= p[1], 0, "it must not be above upper")
                        .or_else(|| unless(is_slope(p[0]), 0, SLOPE))
                        .or_else(|| unless(is_slope(p[1]), 1, SLOPE))
                        .or_else(|| unless(is_slope(mean_slope(p) as f32), 1, MEAN_SLOPE))
                },
                formula: "x > 0 ? x : (lower + upper) / 2 * x",
                derivative: "x > 0 ? 1 : (lower + upper) / 2",
                second_derivative: "0",
                at_kinks: "(lower + upper) / 2 at 0",
                kinks: |_| vec![0.0],
                samples: &[&[0.1, 0.3], &[-0.5, 0.25], &[0.0, 0.0], &[1e-4, 5.0]],
                draws: true,
                derived: &[
                    Derived { name: "slope", value: |p| high_word(mean_slope(p)) },
                    Derived { name: "slope_low", value: |p| low_word(mean_slope(p)) },
                ],
                budget: |p| rrelu_budget(p),
            }

            /// ReLU, no more than 6.
            Relu6, relu6 [RELU6] () {
                aliases: ["ReLU6", "Relu6"],
                source: "Krizhevsky 2010; PyTorch nn.ReLU6",
                formula: "min(max(x, 0), 6)",
                derivative: "0 < x < 6 ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at 0 and 6",
                kinks: |_| vec![0.0, 6.0],
                from_output: from_output(reference::relu6_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The input, kept between two bounds.
            Hardtanh, hardtanh [] (min_value = -1.0, max_value = 1.0) {
                aliases: ["Hardtanh", "HardTanh", "hard_tanh"],
                source: "Collobert 2004; PyTorch nn.Hardtanh",
                infinite: &["min_value", "max_value"],
                check: |p| bounds_check(p),
                formula: "min(max(x, min_value), max_value)",
                derivative: "min_value < x < max_value ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at min_value and max_value",
                kinks: |p| vec![p[0].into(), p[1].into()],
                samples: &[
                    &[-2.0, 0.5],
                    &[0.1, 0.1],
                    &[-1e-3, 1e3],
                    &[3.0, 4.0],
                    &[-1.0, f32::INFINITY],
                    &[f32::NEG_INFINITY, 1.0],
                ],
                from_output: from_output(reference::hardtanh_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The input, kept between two bounds of which either may be infinite: hardtanh without its defaults.
            Clip, clip [] (min_value, max_value) {
                aliases: ["Clip", "clamp"],
                source: "ONNX Clip, WebNN clamp, PyTorch clamp",
                infinite: &["min_value", "max_value"],
                check: |p| bounds_check(p),
                formula: "min(max(x, min_value), max_value)",
                derivative: "min_value < x < max_value ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at min_value and max_value",
                kinks: |p| vec![p[0].into(), p[1].into()],
                samples: &[
                    &[0.0, 1.0],
                    &[-7.0, 7.0],
                    &[f32::NEG_INFINITY, f32::INFINITY],
                    &[0.5, f32::INFINITY],
                    &[f32::NEG_INFINITY, -0.25],
                ],
                from_output: from_output(reference::clip_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The input above a threshold, a fixed value up to it.
            Threshold, threshold [] (threshold, value) {
                aliases: ["Threshold"],
                source: "PyTorch nn.Threshold",
                infinite: &["value"],
                formula: "x > threshold ? x : value",
                derivative: "x > threshold ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at threshold",
                kinks: |p| vec![p[0].into()],
                samples: &[&[0.1, 20.0], &[-1.0, -7.5], &[0.0, 0.0]],
                budget: |_| Budget::rounded_once(),
            }

            /// The input above a threshold, 0 up to it.
            ThresholdedRelu, thresholded_relu [] (alpha = 1.0) {
                aliases: ["ThresholdedRelu", "ThresholdedReLU"],
                source: "Konda, Memisevic and Krueger 2014; ONNX ThresholdedRelu",
                formula: "x > alpha ? x : 0",
                derivative: "x > alpha ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at alpha",
                kinks: |p| vec![p[0].into()],
                samples: &[&[2.5], &[0.0], &[-1.5]],
                from_output: from_output_if("alpha >= 0", |p| p[0] >= 0.0, reference::thresholded_relu_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The square of ReLU.
            ReluSquared, relu_squared [RELU_SQUARED] () {
                aliases: ["squared_relu", "ReLUSquared", "SquaredReLU", "relu2"],
                source: "So et al. 2021 (Primer); Transformers relu2",
                formula: "max(x, 0)^2",
                derivative: "2 * max(x, 0)",
                second_derivative: "x > 0 ? 2 : 0",
                second: Some(Second { oracle: reference::relu_squared_second, budget: |_| Bound::ROUNDED_ONCE }),
                at_kinks: "0 at 0",
                kinks: |_| vec![0.0],
                from_output: from_output(reference::relu_squared_from_output),
                budget: |_| Budget::ulp(0.5, 0.5, 1.5),
            }

            /// The input, but 0 within a distance of 0.
            Hardshrink, hardshrink [] (lambda = 0.5) {
                aliases: ["Hardshrink", "HardShrink", "hard_shrink"],
                source: "Donoho and Johnstone 1994; PyTorch nn.Hardshrink",
                formula: "abs(x) > lambda ? x : 0",
                derivative: "abs(x) > lambda ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at -lambda and lambda",
                kinks: |p| if p[0] >= 0.0 { vec![(-p[0]).into(), p[0].into()] } else { Vec::new() },
                samples: &[&[1.7], &[0.0], &[-1.0]],
                from_output: from_output_if("lambda >= 0", |p| p[0] >= 0.0, reference::hardshrink_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The input, drawn towards 0 by a distance.
            Softshrink, softshrink [] (lambda = 0.5) {
                aliases: ["Softshrink", "SoftShrink", "soft_shrink"],
                source: "Donoho 1995; PyTorch nn.Softshrink",
                check: |p| unless(p[0] >= 0.0, 0, "it must not be negative"),
                formula: "x > lambda ? x - lambda : x < -lambda ? x + lambda : 0",
                derivative: "abs(x) > lambda ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at -lambda and lambda",
                kinks: |p| vec![(-p[0]).into(), p[0].into()],
                samples: &[&[1.7], &[0.0], &[1e-3]],
                from_output: from_output(reference::softshrink_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// Shrinkage with a threshold and a bias of its own.
            Shrink, shrink [] (lambda = 0.5, bias = 0.0) {
                aliases: ["Shrink"],
                source: "ONNX Shrink",
                formula: "x > lambda ? x - bias : x < -lambda ? x + bias : 0",
                derivative: "x > lambda ? 1 : x < -lambda ? 1 : 0",
                second_derivative: "0",
                at_kinks: "0 at -lambda and lambda, if lambda is not negative; else 1 at lambda",
                kinks: |p| if p[0] >= 0.0 { vec![(-p[0]).into(), p[0].into()] } else { vec![p[0].into()] },
                samples: &[&[1.5, 1.1], &[0.5, -0.25], &[-1.0, 0.7]],
                budget: |_| Budget::rounded_once(),
            }

            /// A straight line kept between 0 and 1. PyTorch's function has the slope 1/6, which is no f32: by default, results differ from
            /// its by up to 0.7 ULP, and the kinks by less than 1e-7 of themselves.
            Hardsigmoid, hardsigmoid [] (slope = 0.16666667, offset = 0.5) {
                aliases: ["Hardsigmoid", "hard_sigmoid"],
                source: "Courbariaux et al. 2015; PyTorch nn.Hardsigmoid, whose slope is 1/6 itself: up to 0.7 ULP apart; ONNX HardSigmoid has 0.2",
                check: |p| kept_line_check(p),
                derived: &[
                    Derived { name: "zero", value: |p| line_root(p, 0.0)[0] },
                    Derived { name: "zero_left", value: |p| line_root(p, 0.0)[1] },
                    Derived { name: "one", value: |p| line_root(p, 1.0)[0] },
                    Derived { name: "one_left", value: |p| line_root(p, 1.0)[1] },
                ],
                formula: "min(max(slope * x + offset, 0), 1)",
                derivative: "0 < slope * x + offset < 1 ? slope : 0",
                second_derivative: "0",
                at_kinks: "0 at both ends of the slope",
                kinks: |p| hardsigmoid_kinks(p),
                samples: &[&[0.2, 0.5], &[-0.3, 0.7], &[0.001, -2.0], &[100.0, 0.25], &[0.0, 0.25]],
                from_output: from_output_if("slope is not 0", |p| p[0] != 0.0, reference::hardsigmoid_from_output),
                budget: |p| Budget::ulp(if (0.0..=1.0).contains(&p[1]) { 1.01 } else { 1.51 }, 0.5, 0.5),
            }

            /// The input times a hard sigmoid of it.
            Hardswish, hardswish [HARDSWISH] () {
                aliases: ["Hardswish", "HardSwish", "hard_swish", "hard_silu"],
                source: "Howard et al. 2019; PyTorch nn.Hardswish, ONNX HardSwish",
                formula: "x * min(max(x / 6 + 1/2, 0), 1)",
                derivative: "x <= -3 ? 0 : x < 3 ? x / 3 + 1/2 : 1",
                second_derivative: "-3 < x < 3 ? 1/3 : 0",
                second: Some(Second { oracle: reference::hardswish_second, budget: |_| Bound::ulp(1.0) }),
                at_kinks: "0 at -3, 1 at 3",
                kinks: |_| vec![-3.0, 3.0],
                budget: |_| Budget::ulp(1.8, 2.1, 0.0),
            }

            /// Logistic sigmoid.
            Sigmoid, sigmoid [SIGMOID] () {
                aliases: ["logistic", "Sigmoid"],
                source: "PyTorch nn.Sigmoid, ONNX Sigmoid",
                formula: "1 / (1 + exp(-x))",
                derivative: "s(x) * (1 - s(x))",
                second_derivative: "s(x) * (1 - s(x)) * (1 - 2 * s(x))",
                second: Some(Second { oracle: reference::sigmoid_second, budget: |_| Bound::ulp(5.4).dividing(1.0) }),
                from_output: from_output(reference::sigmoid_from_output),
                budget: |_| Budget::ulp(2.0, 3.2, 2.4).dividing(1.0, 1.0, 0.0),
            }

            /// Hyperbolic tangent.
            Tanh, tanh [TANH] () {
                aliases: ["Tanh"],
                source: "PyTorch nn.Tanh, ONNX Tanh",
                formula: "tanh(x)",
                derivative: "1 - tanh(x)^2",
                second_derivative: "-2 * tanh(x) * (1 - tanh(x)^2)",
                second: Some(Second { oracle: reference::tanh_second, budget: |_| Bound::ulp(5.4).dividing(1.0) }),
                from_output: from_output(reference::tanh_from_output),
                budget: |_| Budget::ulp(2.0, 3.2, 2.4).dividing(1.0, 1.0, 0.0),
            }

            /// The logarithm of the logistic sigmoid.
            Logsigmoid, logsigmoid [LOGSIGMOID] () {
                aliases: ["LogSigmoid", "log_sigmoid"],
                source: "PyTorch nn.LogSigmoid",
                formula: "-log(1 + exp(-x))",
                derivative: "s(-x)",
                second_derivative: "-s(x) * s(-x)",
                second: Some(Second { oracle: reference::logsigmoid_second, budget: |_| Bound::ulp(3.2).dividing(1.0) }),
                from_output: from_output(reference::logsigmoid_from_output),
                budget: |_| Budget::ulp(2.5, 2.9, 2.1).dividing(0.0, 1.0, 0.0),
            }

            /// A smooth ReLU; the input itself above a threshold.
            Softplus, softplus [] (beta = 1.0, threshold = 20.0) {
                aliases: ["Softplus", "SoftPlus", "soft_plus"],
                source: "Dugas et al. 2001; PyTorch nn.Softplus, ONNX Softplus",
                infinite: &["threshold"],
                check: |p| {
                    unless(SCALES.contains(&p[0].abs()), 0, SCALE_BUT_0)
                        .or_else(|| unless(p[1] > f32::NEG_INFINITY, 1, "it must be finite or infinity"))
                        // Divided by beta, it has to be a normal number.
                        .or_else(|| unless(p[1] == 0.0 || p[1].abs() >= 1e-12, 1, "it must be 0, or at least 1e-12 in size"))
                },
                derived: &[
                    Derived { name: "inverse_beta", value: |p| high_word(1.0 / f64::from(p[0])) },
                    Derived { name: "limit", value: |p| rounded_down(f64::from(p[1]) / f64::from(p[0].abs())) },
                    RATE,
                    STEP,
                    REST,
                ],
                formula: "beta * x > threshold ? x : log(1 + exp(beta * x)) / beta",
                derivative: "beta * x > threshold ? 1 : s(beta * x)",
                second_derivative: "beta * x > threshold ? 0 : beta * s(beta * x) * s(-beta * x)",
                second: Some(Second { oracle: reference::softplus_second, budget: |_| Bound::ulp(4.5).dividing(1.0) }),
                at_kinks: "s(threshold) at threshold / beta",
                kinks: |p| vec![f64::from(p[1]) / f64::from(p[0])],
                samples: &[&[3.0, 20.0], &[0.5, 20.0], &[10.0, 5.0], &[-1.0, 20.0], &[0.001, 20.0], &[1.0, 100.0]],
                from_output: from_output_if(
                    "beta > 0 and threshold >= 18",
                    |p| p[0] > 0.0 && p[1] >= 18.0,
                    reference::softplus_from_output,
                ),
                // With a beta little above 4 log(2), results beside x = 0 are at the end of a binade of which their logarithm is in the middle: its
                // error counts one and a half times, and 1 / beta has one of its own. 3.54 ULP at a beta of 3, 4.1 at 2.814. A second word of 1 / beta
                // would leave 3.7, and cost more everywhere.
                budget: |p| Budget::ulp(if p[0] == 1.0 { 2.5 } else { 4.2 }, 2.9, 2.8).dividing(0.0, 1.0, 0.0),
            }

            /// A sigmoid with algebraic tails.
            Softsign, softsign [SOFTSIGN] () {
                aliases: ["Softsign", "SoftSign", "soft_sign"],
                source: "Bergstra et al. 2009; PyTorch nn.Softsign, ONNX Softsign",
                formula: "x / (1 + abs(x))",
                derivative: "1 / (1 + abs(x))^2",
                second_derivative: "x > 0 ? -2 / (1 + x)^3 : x < 0 ? 2 / (1 - x)^3 : 0",
                second: Some(Second { oracle: reference::softsign_second, budget: |_| Bound::ulp(4.5).dividing(1.0) }),
                kinks: |_| vec![0.0],
                from_output: from_output(reference::softsign_from_output),
                budget: |_| Budget::ulp(1.8, 3.9, 3.8).dividing(1.0, 1.0, 0.0),
            }

            /// The input less its hyperbolic tangent.
            Tanhshrink, tanhshrink [TANHSHRINK] () {
                aliases: ["Tanhshrink", "TanhShrink", "tanh_shrink"],
                source: "PyTorch nn.Tanhshrink",
                formula: "x - tanh(x)",
                derivative: "tanh(x)^2",
                second_derivative: "2 * tanh(x) * (1 - tanh(x)^2)",
                second: Some(Second { oracle: reference::tanhshrink_second, budget: |_| Bound::ulp(5.4).dividing(1.0) }),
                budget: |_| Budget::ulp(3.7, 3.2, 0.0).dividing(1.0, 2.0, 0.0),
            }

            /// ReLU with an exponential approach to -alpha on the left.
            Elu, elu [] (alpha = 1.0) {
                aliases: ["ELU", "Elu"],
                source: "Clevert, Unterthiner and Hochreiter 2015; PyTorch nn.ELU, ONNX Elu",
                check: |p| unless(is_scale(p[0]), 0, SCALE),
                formula: "x > 0 ? x : alpha * (exp(x) - 1)",
                derivative: "x > 0 ? 1 : alpha * exp(x)",
                second_derivative: "x > 0 ? 0 : alpha * exp(x)",
                second: Some(Second { oracle: reference::elu_second, budget: |p| Bound::ulp(if p[0] == 1.0 { 2.0 } else { 2.8 }) }),
                at_kinks: "alpha at 0",
                kinks: |_| vec![0.0],
                samples: &[&[0.1], &[3.0], &[-1.0], &[1e3], &[0.0]],
                from_output: from_output_if("alpha >= 0", |p| p[0] >= 0.0, reference::elu_from_output),
                budget: |p| if p[0] == 1.0 { Budget::ulp(1.1, 2.0, 1.8) } else { Budget::ulp(2.0, 2.8, 1.8) },
            }

            /// ELU scaled so that activations normalise themselves.
            Selu, selu [SELU] () {
                aliases: ["SELU", "Selu"],
                source: "Klambauer et al. 2017; PyTorch nn.SELU, ONNX Selu",
                formula: "x > 0 ? scale * x : scale * alpha * (exp(x) - 1) \
                    where scale = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717",
                derivative: "x > 0 ? scale : scale * alpha * exp(x) \
                    where scale = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717",
                second_derivative: "x > 0 ? 0 : scale * alpha * exp(x) \
                    where scale = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717",
                second: Some(Second { oracle: reference::selu_second, budget: |_| Bound::ulp(2.9) }),
                at_kinks: "scale * alpha at 0",
                kinks: |_| vec![0.0],
                from_output: from_output(reference::selu_from_output),
                budget: |_| Budget::ulp(2.0, 2.9, 2.3),
            }

            /// ELU whose derivative is continuous for every alpha.
            Celu, celu [] (alpha = 1.0) {
                aliases: ["CELU", "Celu"],
                source: "Barron 2017; PyTorch nn.CELU, ONNX Celu",
                infinite: &["alpha"],
                check: |p| unless(p[0].is_infinite() || SCALES.contains(&p[0].abs()), 0, SCALE_OR_INFINITE),
                derived: &[
                    Derived { name: "inverse_alpha_high", value: |p| high_word(1.0 / f64::from(p[0])) },
                    Derived { name: "inverse_alpha_low", value: |p| low_word(1.0 / f64::from(p[0])) },
                ],
                formula: "x > 0 ? x : alpha * (exp(x / alpha) - 1)",
                derivative: "x > 0 ? 1 : exp(x / alpha)",
                second_derivative: "x > 0 ? 0 : exp(x / alpha) / alpha",
                second: Some(Second { oracle: reference::celu_second, budget: |p| Bound::ulp(if p[0] == 1.0 { 2.1 } else { 3.6 }) }),
                at_kinks: "1 at 0",
                kinks: |_| vec![0.0],
                samples: &[&[3.0], &[0.1], &[-1.0], &[1e-3], &[1e3]],
                from_output: from_output_if("alpha > 0", |p| p[0] > 0.0, reference::celu_from_output),
                budget: |p| if p[0] == 1.0 { Budget::ulp(1.1, 2.1, 1.8) } else { Budget::ulp(3.2, 2.1, 3.5) },
            }

            /// The input times its logistic sigmoid.
            Silu, silu [SILU] () {
                aliases: ["SiLU", "Silu"],
                source: "Elfwing, Uchibe and Doya 2017; PyTorch nn.SiLU",
                formula: "x * s(x)",
                derivative: "s(x) * (1 + x * (1 - s(x)))",
                second_derivative: "s(x) * (1 - s(x)) * (2 + x * (1 - 2 * s(x)))",
                second: Some(Second { oracle: reference::silu_second, budget: |_| swish_second_bound(1.0) }),
                budget: |_| gate_budget(2.0, 4.0, 1.2e-8, (-1.45, -1.08)).dividing(1.0, 2.0, 0.0),
            }

            /// SiLU with a factor in the sigmoid, which may be learned.
            Swish, swish [] (beta = 1.0) {
                aliases: ["Swish"],
                source: "Ramachandran, Zoph and Le 2017; ONNX Swish",
                check: |p| unless(is_scale(p[0]), 0, SCALE),
                derived: &[RATE, STEP, REST],
                formula: "x * s(beta * x)",
                derivative: "s(beta * x) * (1 + beta * x * (1 - s(beta * x)))",
                second_derivative: "beta * s(beta * x) * s(-beta * x) * (2 + beta * x * (1 - 2 * s(beta * x)))",
                second: Some(Second { oracle: reference::swish_second, budget: |p| swish_second_bound(p[0]) }),
                samples: &[&[3.0], &[0.1], &[-1.0], &[0.0], &[1e-3], &[1e3]],
                learnable: &[Learnable {
                    parameter: "beta",
                    derivative: "x^2 * s(beta * x) * (1 - s(beta * x))",
                    oracle: reference::swish_beta,
                    budget: |p| swish_beta_budget(p[0]),
                    mixed_derivative: "x * s(beta * x) * s(-beta * x) * (2 + beta * x * (1 - 2 * s(beta * x)))",
                    mixed: Some(Second { oracle: reference::swish_second_beta, budget: |p| swish_mixed_bound(p[0]) }),
                }],
                budget: |p| swish_budget(p),
            }

            /// The input times the hyperbolic tangent of its softplus.
            Mish, mish [MISH] () {
                aliases: ["Mish"],
                source: "Misra 2019; PyTorch nn.Mish, ONNX Mish",
                formula: "x * tanh(log(1 + exp(x)))",
                derivative: "t + x * (1 - t^2) * s(x) where t = tanh(log(1 + exp(x)))",
                second_derivative: "4 * u * (2 * (1 + u) * d + x * (2 + 2 * u - 3 * u^2 - 2 * u^3)) / d^3 \
                    where u = exp(x), d = u^2 + 2 * u + 2",
                second: Some(Second { oracle: reference::mish_second, budget: |_| mish_second_bound() }),
                budget: |_| gate_budget(3.0, 5.0, 1.7e-8, (-1.36, -0.95)).dividing(1.5, 2.0, 0.0),
            }

            /// Gaussian error linear unit: the input times the normal distribution function.
            GeluErf, gelu_erf [GELU_ERF] () {
                aliases: ["gelu_exact", "gelu_none", "gelu_python"],
                source: "Hendrycks and Gimpel 2016; PyTorch nn.GELU and ONNX Gelu with approximate='none'",
                formula: "x * Phi(x)",
                derivative: "Phi(x) + x * phi(x)",
                second_derivative: "phi(x) * (2 - x^2)",
                second: Some(Second { oracle: reference::gelu_erf_second, budget: |_| Bound::ulp(5.4) }),
                budget: |_| Budget::ulp(4.0, 4.0, 0.0).dividing(1.0, 1.0, 0.0),
            }

            /// GELU's approximation by the hyperbolic tangent.
            GeluTanh, gelu_tanh [GELU_TANH] () {
                aliases: ["gelu_new", "gelu_pytorch_tanh", "gelu_approximate", "FastGELU", "FastGelu"],
                source: "Hendrycks and Gimpel 2016; PyTorch nn.GELU and ONNX Gelu with approximate='tanh'",
                formula: "x * s(u) where u = 2 * sqrt(2 / pi) * (x + 0.044715 * x^3)",
                derivative: "s(u) * (1 + x * (1 - s(u)) * v) where u = 2 * sqrt(2 / pi) * (x + 0.044715 * x^3), \
                    v = 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * x^2)",
                second_derivative: "s(u) * s(-u) * (w + x * v^2 * (1 - 2 * s(u))) \
                    where u = 2 * sqrt(2 / pi) * (x + 0.044715 * x^3), v = 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * x^2), \
                    w = 4 * sqrt(2 / pi) * (1 + 6 * 0.044715 * x^2)",
                second: Some(Second { oracle: reference::gelu_tanh_second, budget: |_| gelu_tanh_second_bound() }),
                budget: |_| gate_budget(3.02, 5.3, 2.3e-8, (-0.9, -0.6)).dividing(1.0, 2.0, 0.0),
            }

            /// GELU's approximation by the logistic sigmoid.
            QuickGelu, quick_gelu [] (alpha = 1.702) {
                aliases: ["QuickGELU", "QuickGelu"],
                source: "Hendrycks and Gimpel 2016; CLIP's QuickGELU, ONNX Runtime QuickGelu",
                check: |p| unless(is_scale(p[0]), 0, SCALE),
                derived: &[RATE, STEP, REST],
                formula: "x * s(alpha * x)",
                derivative: "s(alpha * x) * (1 + alpha * x * (1 - s(alpha * x)))",
                second_derivative: "alpha * s(alpha * x) * s(-alpha * x) * (2 + alpha * x * (1 - 2 * s(alpha * x)))",
                second: Some(Second { oracle: reference::quick_gelu_second, budget: |p| swish_second_bound(p[0]) }),
                samples: &[&[1.0], &[10.0], &[-0.5]],
                budget: |p| swish_budget(p),
            }

            /// A smooth ReLU without an exponential.
            Squareplus, squareplus [] (b = 4.0) {
                aliases: ["Squareplus", "SquarePlus"],
                source: "Barron 2021; JAX nn.squareplus",
                check: |p| unless(p[0] >= 0.0, 0, "it must not be negative"),
                formula: "(x + sqrt(x^2 + b)) / 2",
                derivative: "x == 0 ? 1/2 : (1 + x / sqrt(x^2 + b)) / 2",
                second_derivative: "b > 0 ? b / (2 * sqrt(x^2 + b)^3) : 0",
                second: Some(Second { oracle: reference::squareplus_second, budget: |_| Bound::ulp(5.5).dividing(2.0) }),
                at_kinks: "1/2 at 0, if b is 0",
                kinks: |p| if p[0] == 0.0 { vec![0.0] } else { Vec::new() },
                samples: &[&[1.0], &[0.0], &[1e-6], &[1e6]],
                budget: |_| Budget::ulp(3.0, 4.0, 0.0).dividing(1.0, 1.0, 0.0),
            }

            /// ReLU with a quadratic corner.
            SparsePlus, sparse_plus [SPARSE_PLUS] () {
                aliases: ["SparsePlus"],
                source: "JAX nn.sparse_plus",
                formula: "x <= -1 ? 0 : x < 1 ? (x + 1)^2 / 4 : x",
                derivative: "min(max((x + 1) / 2, 0), 1)",
                second_derivative: "-1 < x < 1 ? 1/2 : 0",
                second: Some(Second { oracle: reference::sparse_plus_second, budget: |_| Bound::ROUNDED_ONCE }),
                kinks: |_| vec![-1.0, 1.0],
                budget: |_| Budget::ulp(2.0, 1.6, 0.0),
            }

            /// The derivative of sparse_plus: a straight line from -1 to 1.
            SparseSigmoid, sparse_sigmoid [SPARSE_SIGMOID] () {
                aliases: ["SparseSigmoid"],
                source: "Martins and Astudillo 2016 (sparsemax of two classes); JAX nn.sparse_sigmoid",
                formula: "min(max((x + 1) / 2, 0), 1)",
                derivative: "-1 < x < 1 ? 1/2 : 0",
                second_derivative: "0",
                at_kinks: "0 at -1 and 1",
                kinks: |_| vec![-1.0, 1.0],
                from_output: from_output(reference::sparse_sigmoid_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The input plus a periodic part, for signals that repeat; its frequency may be learned.
            Snake, snake [] (alpha = 1.0) {
                aliases: ["Snake"],
                source: "Ziyin, Hartwig and Ueda 2020",
                check: |p| unless(SCALES.contains(&p[0].abs()), 0, SCALE_BUT_0),
                derived: &[
                    Derived { name: "half_inverse_high", value: |p| high_word(0.5 / f64::from(p[0])) },
                    Derived { name: "half_inverse_low", value: |p| low_word(0.5 / f64::from(p[0])) },
                ],
                formula: "x + sin(alpha * x)^2 / alpha",
                derivative: "1 + sin(2 * alpha * x)",
                second_derivative: "2 * alpha * cos(2 * alpha * x)",
                second: Some(Second { oracle: reference::snake_second, budget: |p| snake_second_budget(p) }),
                samples: &[&[5.0], &[0.1], &[-2.0], &[100.0]],
                learnable: &[Learnable {
                    parameter: "alpha",
                    derivative: "x * sin(2 * alpha * x) / alpha - sin(alpha * x)^2 / alpha^2",
                    oracle: reference::snake_alpha,
                    budget: |p| snake_alpha_budget(p),
                    mixed_derivative: "2 * x * cos(2 * alpha * x)",
                    mixed: Some(Second { oracle: reference::snake_second_alpha, budget: |p| snake_second_alpha_budget(p) }),
                }],
                budget: |p| snake_budget(p),
            }

            /// Snake with a frequency and an amplitude of its own, both of which may be learned. Files of BigVGAN and its heirs hold
            /// their logarithms: `snakebeta(x, exp(a[c]), exp(b[c]))` as a formula has their gradients, too.
            Snakebeta, snakebeta [] (alpha = 1.0, beta = 1.0) {
                aliases: ["SnakeBeta", "snake_beta"],
                source: "Lee et al. 2022 (BigVGAN); Transformers SnakeBeta",
                check: |p| {
                    unless((1e-5..=1e5).contains(&p[0].abs()), 0, "it must be from 1e-5 to 1e5 in size").or_else(|| {
                        let size = snakebeta_divisor(p).abs();
                        unless((1e-5..=1e5).contains(&size), 1, "beta + 1e-9 must be from 1e-5 to 1e5 in size")
                    })
                },
                derived: &[
                    Derived { name: "half_inverse_high", value: |p| high_word(0.5 / snakebeta_divisor(p)) },
                    Derived { name: "half_inverse_low", value: |p| low_word(0.5 / snakebeta_divisor(p)) },
                    Derived { name: "ratio", value: |p| high_word(f64::from(p[0]) / snakebeta_divisor(p)) },
                    Derived { name: "rest", value: |p| high_word(snakebeta_rest(p)) },
                ],
                formula: "x + sin(alpha * x)^2 / (beta + 0.000000001)",
                derivative: "1 + alpha / (beta + 0.000000001) * sin(2 * alpha * x)",
                second_derivative: "2 * alpha^2 / (beta + 0.000000001) * cos(2 * alpha * x)",
                second: Some(Second { oracle: reference::snakebeta_second, budget: |p| snakebeta_second_budget(p) }),
                samples: &[&[3.0, 0.5], &[0.5, 4.0], &[-2.0, 1.0]],
                learnable: &[
                    Learnable {
                        parameter: "alpha",
                        derivative: "x * sin(2 * alpha * x) / (beta + 0.000000001)",
                        oracle: reference::snakebeta_alpha,
                        budget: |p| snakebeta_alpha_budget(p),
                        mixed_derivative: "(sin(2 * alpha * x) + 2 * alpha * x * cos(2 * alpha * x)) / (beta + 0.000000001)",
                        mixed: Some(Second { oracle: reference::snakebeta_second_alpha, budget: |p| snakebeta_second_alpha_budget(p) }),
                    },
                    Learnable {
                        parameter: "beta",
                        derivative: "-sin(alpha * x)^2 / (beta + 0.000000001)^2",
                        oracle: reference::snakebeta_beta,
                        budget: |p| snakebeta_beta_budget(p),
                        mixed_derivative: "-alpha / (beta + 0.000000001)^2 * sin(2 * alpha * x)",
                        mixed: Some(Second { oracle: reference::snakebeta_second_beta, budget: |p| snakebeta_second_beta_budget(p) }),
                    },
                ],
                budget: |p| snakebeta_budget(p),
            }

            /// Quadratic on the right, exponential on the left, with curvatures that are learned.
            Xielu, xielu [] (alpha_p = 0.8, alpha_n = 0.8, beta = 0.5) {
                aliases: ["xIELU", "XIELU"],
                source: "Huang and Schlag 2024; Transformers xielu",
                check: |p| (0..3).find_map(|index| unless(is_slope(p[index]), index, SLOPE)),
                formula: "x > 0 ? alpha_p * x^2 + beta * x : alpha_n * (exp(x) - 1 - x) + beta * x",
                derivative: "x > 0 ? 2 * alpha_p * x + beta : alpha_n * (exp(x) - 1) + beta",
                second_derivative: "x > 0 ? 2 * alpha_p : alpha_n * exp(x)",
                second: Some(Second { oracle: reference::xielu_second, budget: |_| Bound::ulp(2.8) }),
                at_kinks: "beta at 0",
                kinks: |_| vec![0.0],
                samples: &[
                    &[0.5, 1.2, 0.1],
                    &[1.0, 0.25, -0.3],
                    &[-0.5, 2.0, 0.5],
                    &[0.7, 0.3, -0.2],
                    &[0.8, 0.5, 0.5],
                    &[0.0, 0.0, 0.0],
                ],
                learnable: &[
                    Learnable {
                        parameter: "alpha_p",
                        derivative: "x > 0 ? x^2 : 0",
                        oracle: reference::xielu_alpha_p,
                        budget: |_| Bound::ulp(1.5),
                        mixed_derivative: "x > 0 ? 2 * x : 0",
                        mixed: Some(Second { oracle: reference::xielu_second_alpha_p, budget: |_| Bound::ROUNDED_ONCE }),
                    },
                    Learnable {
                        parameter: "alpha_n",
                        derivative: "x > 0 ? 0 : exp(x) - 1 - x",
                        oracle: reference::xielu_alpha_n,
                        budget: |_| Bound::ulp(3.4),
                        mixed_derivative: "x > 0 ? 0 : exp(x) - 1",
                        mixed: Some(Second { oracle: reference::xielu_second_alpha_n, budget: |_| Bound::ulp(2.2) }),
                    },
                ],
                budget: |p| xielu_budget(p),
            }

            /// The exponential.
            Exp, exp [EXP] () {
                aliases: ["Exp"],
                source: "PyTorch exp, ONNX Exp",
                formula: "exp(x)",
                derivative: "exp(x)",
                second_derivative: "exp(x)",
                second: Some(Second { oracle: reference::exp_second, budget: |_| Bound::ulp(2.0) }),
                from_output: from_output(reference::exp_from_output),
                budget: |_| Budget::ulp(1.2, 2.0, 0.5),
            }

            /// The exponential less 1, accurate beside 0.
            Expm1, expm1 [EXPM1] () {
                aliases: ["Expm1"],
                source: "PyTorch expm1",
                formula: "exp(x) - 1",
                derivative: "exp(x)",
                second_derivative: "exp(x)",
                second: Some(Second { oracle: reference::exp_second, budget: |_| Bound::ulp(2.0) }),
                from_output: from_output(reference::expm1_from_output),
                budget: |_| Budget::ulp(1.6, 2.0, 1.5),
            }

            /// The natural logarithm; NaN below 0.
            Log, log [LOG] () {
                aliases: ["Log", "ln"],
                source: "PyTorch log, ONNX Log",
                formula: "log(x)",
                derivative: "1 / x",
                second_derivative: "-1 / x^2",
                second: Some(Second { oracle: reference::log_second, budget: |_| Bound::ulp(3.0).dividing(2.0) }),
                kinks: |_| vec![0.0],
                budget: |_| Budget::ulp(1.0, 0.5, 0.0).dividing(0.0, 1.0, 0.0),
            }

            /// The natural logarithm of 1 more than the input, accurate beside 0; NaN below -1.
            Log1p, log1p [LOG1P] () {
                aliases: ["Log1p"],
                source: "PyTorch log1p",
                formula: "log(1 + x)",
                derivative: "1 / (1 + x)",
                second_derivative: "-1 / (1 + x)^2",
                second: Some(Second { oracle: reference::log1p_second, budget: |_| Bound::ulp(4.5).dividing(2.0) }),
                kinks: |_| vec![-1.0],
                budget: |_| Budget::ulp(1.0, 1.5, 0.0).dividing(0.0, 1.0, 0.0),
            }

            /// The sine.
            Sin, sin [SIN] () {
                aliases: ["Sin"],
                source: "PyTorch sin, ONNX Sin",
                formula: "sin(x)",
                derivative: "cos(x)",
                second_derivative: "-sin(x)",
                second: Some(Second { oracle: reference::sin_second, budget: |_| sine_bound(2.0) }),
                budget: |_| sine_budget(),
            }

            /// The cosine.
            Cos, cos [COS] () {
                aliases: ["Cos"],
                source: "PyTorch cos, ONNX Cos",
                formula: "cos(x)",
                derivative: "-sin(x)",
                second_derivative: "-cos(x)",
                second: Some(Second { oracle: reference::cos_second, budget: |_| sine_bound(2.0) }),
                budget: |_| sine_budget(),
            }

            /// The error function.
            Erf, erf [ERF] () {
                aliases: ["Erf"],
                source: "PyTorch erf, ONNX Erf",
                formula: "erf(x)",
                derivative: "2 / sqrt(pi) * exp(-x^2)",
                second_derivative: "-4 / sqrt(pi) * x * exp(-x^2)",
                second: Some(Second { oracle: reference::erf_second, budget: |_| Bound::ulp(2.8) }),
                budget: |_| Budget::ulp(1.3, 2.0, 0.0),
            }

            /// The square root; NaN below 0.
            Sqrt, sqrt [SQRT] () {
                aliases: ["Sqrt"],
                source: "PyTorch sqrt, ONNX Sqrt",
                formula: "sqrt(x)",
                derivative: "1 / (2 * sqrt(x))",
                second_derivative: "-1 / (4 * x * sqrt(x))",
                second: Some(Second { oracle: reference::sqrt_second, budget: |_| Bound::ulp(2.5).dividing(2.0) }),
                kinks: |_| vec![0.0],
                from_output: from_output(reference::sqrt_from_output),
                budget: |_| Budget::ulp(0.501, 1.51, 0.5).dividing(0.0, 1.0, 1.0),
            }

            /// The reciprocal of the square root; NaN below 0.
            Rsqrt, rsqrt [RSQRT] () {
                aliases: ["Rsqrt"],
                source: "PyTorch rsqrt",
                formula: "1 / sqrt(x)",
                derivative: "-1 / (2 * x * sqrt(x))",
                second_derivative: "3 / (4 * x^2 * sqrt(x))",
                second: Some(Second { oracle: reference::rsqrt_second, budget: |_| Bound::ulp(4.0).dividing(3.0) }),
                kinks: |_| vec![0.0],
                from_output: from_output(reference::rsqrt_from_output),
                budget: |_| Budget::ulp(1.51, 2.51, 2.5).dividing(1.0, 2.0, 0.0),
            }

            /// One over the input.
            Reciprocal, reciprocal [RECIPROCAL] () {
                aliases: ["Reciprocal"],
                source: "PyTorch reciprocal, ONNX Reciprocal",
                formula: "1 / x",
                derivative: "-1 / x^2",
                second_derivative: "2 / x^3",
                second: Some(Second { oracle: reference::reciprocal_second, budget: |_| Bound::ulp(5.0).dividing(3.0) }),
                kinks: |_| vec![0.0],
                from_output: from_output(reference::reciprocal_from_output),
                budget: |_| Budget::ulp(0.5, 1.5, 1.5).dividing(1.0, 2.0, 0.0),
            }

            /// The magnitude.
            Abs, abs [ABS] () {
                aliases: ["Abs"],
                source: "PyTorch abs, ONNX Abs",
                formula: "abs(x)",
                derivative: "x > 0 ? 1 : x < 0 ? -1 : 0",
                second_derivative: "0",
                at_kinks: "0 at 0",
                kinks: |_| vec![0.0],
                budget: |_| Budget::rounded_once(),
            }

            /// The sign: -1, 0 or 1.
            Sign, sign [SIGN] () {
                aliases: ["Sign", "sgn"],
                source: "PyTorch sign, ONNX Sign",
                formula: "x > 0 ? 1 : x < 0 ? -1 : 0",
                derivative: "0",
                second_derivative: "0",
                at_kinks: "0 at 0",
                kinks: |_| vec![0.0],
                from_output: from_output(reference::sign_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// The square.
            Square, square [SQUARE] () {
                aliases: ["Square"],
                source: "PyTorch square",
                formula: "x^2",
                derivative: "2 * x",
                second_derivative: "2",
                second: Some(Second { oracle: reference::square_second, budget: |_| Bound::ulp(0.5) }),
                budget: |_| Budget::rounded_once(),
            }

            /// A straight line.
            Linear, linear [] (alpha = 1.0, beta = 0.0) {
                aliases: ["Linear", "affine"],
                source: "WebNN linear",
                check: |p| line_check(p),
                formula: "alpha * x + beta",
                derivative: "alpha",
                second_derivative: "0",
                samples: &[&[-0.3, 0.7], &[0.0, -1.5], &[100.0, 0.25]],
                from_output: from_output(reference::linear_from_output),
                budget: |p| Budget::ulp(if p == [1.0, 0.0] { 0.5 } else { 0.51 }, 0.5, 0.5),
            }

            /// 1 from a threshold on, 0 before it.
            Step, step [] (threshold = 0.0) {
                aliases: ["Step", "heaviside", "BinaryStep"],
                source: "NumPy heaviside with 1 at 0",
                formula: "x >= threshold ? 1 : 0",
                derivative: "0",
                second_derivative: "0",
                at_kinks: "0 at threshold",
                kinks: |p| vec![p[0].into()],
                samples: &[&[0.5], &[-3.0]],
                from_output: from_output(reference::step_from_output),
                budget: |_| Budget::rounded_once(),
            }

            /// Mish made of a parabola and two lines.
            HardMish, hard_mish [HARD_MISH] () {
                aliases: ["HardMish"],
                source: "timm HardMish",
                formula: "x <= -2 ? 0 : x < 0 ? x * (x + 2) / 2 : x",
                derivative: "x <= -2 ? 0 : x < 0 ? x + 1 : 1",
                second_derivative: "-2 < x < 0 ? 1 : 0",
                second: Some(Second { oracle: reference::hard_mish_second, budget: |_| Bound::ROUNDED_ONCE }),
                at_kinks: "0 at -2",
                kinks: |_| vec![-2.0, 0.0],
                budget: |_| Budget::ulp(1.5, 1.5, 0.0),
            }

            /// ReLU with a quadratic corner of a width that is chosen.
            Smelu, smelu [] (beta = 1.0) {
                aliases: ["SmeLU", "SMELU"],
                source: "Shamir, Lin and Coviello 2020",
                check: |p| unless((8e-31..=4e37).contains(&p[0]), 0, "it must be from 8e-31 to 4e37"),
                derived: &[Derived { name: "inverse_beta", value: |p| high_word(1.0 / f64::from(p[0])) }],
                formula: "x <= -beta ? 0 : x < beta ? (x + beta)^2 / (4 * beta) : x",
                derivative: "min(max((x + beta) / (2 * beta), 0), 1)",
                second_derivative: "-beta < x < beta ? 1 / (2 * beta) : 0",
                second: Some(Second { oracle: reference::smelu_second, budget: |p| if p[0] == 1.0 { Bound::ROUNDED_ONCE } else { Bound::ulp(1.5) } }),
                kinks: |p| vec![(-p[0]).into(), p[0].into()],
                samples: &[&[0.3], &[2.5], &[1e-3]],
                budget: |p| if p[0] == 1.0 { Budget::ulp(2.0, 1.6, 0.0) } else { Budget::ulp(4.0, 2.6, 0.0) },
            }

            /// The input times its hyperbolic tangent.
            Lisht, lisht [LISHT] () {
                aliases: ["LiSHT"],
                source: "Roy et al. 2019; TensorFlow Addons lisht",
                formula: "x * tanh(x)",
                derivative: "tanh(x) + x * (1 - tanh(x)^2)",
                second_derivative: "2 * (1 - tanh(x)^2) * (1 - x * tanh(x))",
                second: Some(Second { oracle: reference::lisht_second, budget: |_| lisht_second_bound() }),
                budget: |_| Budget::ulp(3.2, 4.0, 0.0).dividing(1.0, 1.0, 0.0),
            }

            /// The logarithm of the hyperbolic cosine: a parabola in the middle, straight outside.
            Logcosh, logcosh [LOGCOSH] () {
                aliases: ["LogCosh", "log_cosh"],
                source: "NNlib logcosh; Keras log_cosh is a loss of it",
                formula: "log((exp(x) + exp(-x)) / 2)",
                derivative: "tanh(x)",
                second_derivative: "1 - tanh(x)^2",
                second: Some(Second { oracle: reference::logcosh_second, budget: |_| Bound::ulp(3.2).dividing(1.0) }),
                // tanh, and a product with dy: where that is at the end of a binade, 1.35 times 2^-23 count twice.
                budget: |_| Budget::ulp(1.6, 3.3, 0.0).dividing(0.0, 1.0, 0.0),
            }

            /// A hyperbolic tangent between -cap and cap, about the input itself in the middle.
            Softcap, softcap [] (cap = 30.0) {
                aliases: ["Softcap", "soft_cap", "logit_softcap"],
                source: "Gemma 2 (2024): 30 for logits, 50 for attention",
                check: |p| unless((1e-18..=1e18).contains(&p[0]), 0, "it must be from 1e-18 to 1e18"),
                derived: &[
                    Derived { name: "inverse_cap", value: |p| high_word(1.0 / f64::from(p[0])) },
                    Derived { name: "inverse_cap_low", value: |p| low_word(1.0 / f64::from(p[0])) },
                    Derived { name: "inverse_square", value: |p| high_word(f64::from(p[0]).powi(-2)) },
                ],
                formula: "cap * tanh(x / cap)",
                derivative: "1 - tanh(x / cap)^2",
                second_derivative: "-2 / cap * tanh(x / cap) * (1 - tanh(x / cap)^2)",
                second: Some(Second { oracle: reference::softcap_second, budget: |_| Bound::ulp(6.0).dividing(1.0) }),
                samples: &[&[50.0], &[0.1], &[1.0]],
                from_output: from_output(reference::softcap_from_output),
                budget: |_| Budget::ulp(3.5, 3.2, 5.0).dividing(1.0, 1.0, 0.0),
            }

            /// A hyperbolic tangent with an amplitude and a factor of its own.
            ScaledTanh, scaled_tanh [] (alpha = 1.0, beta = 1.0) {
                aliases: ["ScaledTanh"],
                source: "LeCun et al. 1998: 1.7159 and 2/3; ONNX 1.0 ScaledTanh, DirectML, Core ML",
                check: |p| unless(is_moderate(p[0]), 0, MODERATE).or_else(|| unless(is_moderate(p[1]), 1, MODERATE)),
                derived: &[
                    Derived { name: "slope", value: |p| high_word(f64::from(p[0]) * f64::from(p[1])) },
                    Derived { name: "slope_low", value: |p| low_word(f64::from(p[0]) * f64::from(p[1])) },
                    Derived { name: "ratio", value: |p| high_word(f64::from(p[1]) / f64::from(p[0])) },
                ],
                formula: "alpha * tanh(beta * x)",
                derivative: "alpha * beta * (1 - tanh(beta * x)^2)",
                second_derivative: "-2 * alpha * beta^2 * tanh(beta * x) * (1 - tanh(beta * x)^2)",
                second: Some(Second { oracle: reference::scaled_tanh_second, budget: |_| Bound::ulp(6.0).dividing(1.0) }),
                samples: &[&[1.7159, 0.6666667], &[-2.0, 3.0], &[1e3, 1e-3]],
                from_output: from_output(reference::scaled_tanh_from_output),
                budget: |p| Budget::ulp(3.5, 4.5, if p == [1.0, 1.0] { 3.0 } else { 5.0 }).dividing(1.0, 1.0, 0.0),
            }

            /// The square of ReLU with a scale and a bias, both of which may be learned.
            StarRelu, star_relu [] (scale = 1.0, bias = 0.0) {
                aliases: ["StarReLU"],
                source: "Yu et al. 2022 (MetaFormer): 0.8944 and -0.4472; timm StarReLU",
                check: |p| unless(is_scale(p[0]), 0, SCALE).or_else(|| unless(is_scale(p[1]), 1, SCALE)),
                formula: "scale * max(x, 0)^2 + bias",
                derivative: "2 * scale * max(x, 0)",
                second_derivative: "x > 0 ? 2 * scale : 0",
                second: Some(Second { oracle: reference::star_relu_second, budget: |_| Bound::ROUNDED_ONCE }),
                at_kinks: "0 at 0",
                kinks: |_| vec![0.0],
                samples: &[&[0.8944, -0.4472], &[-0.5, 0.3], &[0.0, 0.7]],
                learnable: &[
                    Learnable {
                        parameter: "scale",
                        derivative: "max(x, 0)^2",
                        oracle: reference::star_relu_scale,
                        budget: |_| Bound::ulp(1.5),
                        mixed_derivative: "2 * max(x, 0)",
                        mixed: Some(Second { oracle: reference::star_relu_second_scale, budget: |_| Bound::ROUNDED_ONCE }),
                    },
                    Learnable {
                        parameter: "bias",
                        derivative: "1",
                        oracle: reference::star_relu_bias,
                        budget: |_| Bound::ROUNDED_ONCE,
                        mixed_derivative: "0",
                        mixed: None,
                    },
                ],
                budget: |p| star_relu_budget(p),
            }

            /// A bell around 0.
            Gaussian, gaussian [] (a = 1.0) {
                aliases: ["Gaussian"],
                source: "Ramasinghe and Lucey 2022 (coordinate networks)",
                check: |p| unless(is_moderate(p[0]), 0, MODERATE),
                derived: &[
                    Derived { name: "inverse", value: |p| high_word(1.0 / f64::from(p[0])) },
                    Derived { name: "inverse_low", value: |p| low_word(1.0 / f64::from(p[0])) },
                    Derived { name: "inverse_square", value: |p| high_word(f64::from(p[0]).powi(-2)) },
                ],
                formula: "exp(-x^2 / (2 * a^2))",
                derivative: "-x / a^2 * exp(-x^2 / (2 * a^2))",
                second_derivative: "(x^2 - a^2) / a^4 * exp(-x^2 / (2 * a^2))",
                second: Some(Second { oracle: reference::gaussian_second, budget: |p| Bound::ulp(if p[0] == 1.0 { 5.0 } else { 6.0 }) }),
                samples: &[&[0.1], &[3.0], &[-1.5]],
                budget: |_| Budget::ulp(1.6, 4.0, 0.0),
            }

            /// The distribution function of a normal distribution.
            Laplace, laplace [] (mu = 0.707107, sigma = 0.282095) {
                aliases: ["laplace_attention"],
                source: "Ma et al. 2022 (MEGA); Transformers laplace",
                check: |p| unless((1e-12..=1e12).contains(&p[1]), 1, "it must be from 1e-12 to 1e12"),
                derived: &[
                    Derived { name: "inverse", value: |p| high_word(1.0 / f64::from(p[1])) },
                    Derived { name: "inverse_low", value: |p| low_word(1.0 / f64::from(p[1])) },
                    Derived { name: "density", value: |p| high_word(reference::DENSITY_AT_0 / f64::from(p[1])) },
                ],
                formula: "Phi((x - mu) / sigma)",
                derivative: "phi((x - mu) / sigma) / sigma",
                second_derivative: "-(x - mu) / sigma^3 * phi((x - mu) / sigma)",
                second: Some(Second { oracle: reference::laplace_second, budget: |_| Bound::ulp(5.0) }),
                samples: &[&[0.0, 1.0], &[-3.0, 0.05], &[10.0, 100.0]],
                budget: |_| Budget::ulp(4.7, 3.5, 0.0).dividing(1.0, 0.0, 0.0),
            }

            /// Softplus with an amplitude and a factor, both of which may be learned.
            ParametricSoftplus, parametric_softplus [] (alpha = 1.0, beta = 1.0) {
                aliases: ["ParametricSoftplus", "ParametricSoftPlus"],
                source: "Core ML PARAMETRICSOFTPLUS, DirectML, ONNX 1.0 ParametricSoftplus",
                check: |p| unless(is_moderate_or_0(p[0]), 0, MODERATE_OR_0).or_else(|| unless(is_moderate_or_0(p[1]), 1, MODERATE_OR_0)),
                derived: &[
                    Derived { name: "rate", value: |p| factor_words(p[1])[0] },
                    Derived { name: "step", value: |p| factor_words(p[1])[1] },
                    Derived { name: "rest", value: |p| factor_words(p[1])[2] },
                ],
                formula: "alpha * log(1 + exp(beta * x))",
                derivative: "alpha * beta * s(beta * x)",
                second_derivative: "alpha * beta^2 * s(beta * x) * (1 - s(beta * x))",
                second: Some(Second { oracle: reference::parametric_softplus_second, budget: |_| Bound::ulp(5.0).dividing(1.0) }),
                samples: &[&[0.5, 3.0], &[-2.0, 0.1], &[1.5, -1.0], &[1.5, 0.0]],
                learnable: &[
                    Learnable {
                        parameter: "alpha",
                        derivative: "log(1 + exp(beta * x))",
                        oracle: reference::parametric_softplus_alpha,
                        budget: |_| Bound::ulp(3.5),
                        mixed_derivative: "beta * s(beta * x)",
                        mixed: Some(Second { oracle: reference::parametric_softplus_second_alpha, budget: |_| Bound::ulp(3.5).dividing(1.0) }),
                    },
                    Learnable {
                        parameter: "beta",
                        derivative: "alpha * x * s(beta * x)",
                        oracle: reference::parametric_softplus_beta,
                        budget: |_| Bound::ulp(4.0).dividing(1.0),
                        mixed_derivative: "alpha * s(beta * x) * (1 + beta * x * (1 - s(beta * x)))",
                        mixed: Some(Second { oracle: reference::parametric_softplus_second_beta, budget: |p| parametric_softplus_second_beta_budget(p) }),
                    },
                ],
                budget: |_| Budget::ulp(3.5, 4.0, 0.0).dividing(0.0, 1.0, 0.0),
            }

            /// The square root of softplus.
            Sqrtsoftplus, sqrtsoftplus [SQRTSOFTPLUS] () {
                aliases: ["sqrt_softplus", "SqrtSoftplus"],
                source: "DeepSeek-V4 2026: the scores of its router",
                formula: "sqrt(log(1 + exp(x)))",
                derivative: "s(x) / (2 * sqrt(log(1 + exp(x))))",
                second_derivative: "s(x) / (2 * r) * (1 - s(x) - s(x) / (2 * r^2)) where r = sqrt(log(1 + exp(x)))",
                second: Some(Second { oracle: reference::sqrtsoftplus_second, budget: |_| sqrtsoftplus_second_budget() }),
                from_output: from_output(reference::sqrtsoftplus_from_output),
                budget: |_| Budget::ulp(3.2, 4.5, 3.3).dividing(0.0, 1.0, 1.0),
            }

            /// The inverse of the logistic sigmoid; NaN outside 0 to 1, unless `eps` keeps the input within eps and 1 - eps.
            Logit, logit [] (eps = 0.0) {
                aliases: ["Logit"],
                source: "PyTorch special.logit, without eps where that is 0",
                check: |p| unless(p[0] == 0.0 || (1.2e-38..=0.5).contains(&p[0]), 0, "it must be 0, or from 1.2e-38 to 0.5"),
                formula: "log(c / (1 - c)) where c = eps > 0 ? min(max(x, eps), 1 - eps) : x",
                derivative: "eps > 0 ? (eps <= x <= 1 - eps ? 1 / (x * (1 - x)) : 0) : 1 / (x * (1 - x))",
                second_derivative: "eps > 0 ? (eps <= x <= 1 - eps ? (2 * x - 1) / (x * (1 - x))^2 : 0) : (2 * x - 1) / (x * (1 - x))^2",
                second: Some(Second { oracle: reference::logit_second, budget: |_| Bound::ulp(5.1).dividing(2.0) }),
                at_kinks: "1 / (eps * (1 - eps)) at eps and 1 - eps, if eps is not 0",
                kinks: |p| vec![p[0].into(), 1.0 - f64::from(p[0])],
                samples: &[&[1e-6], &[0.25], &[1e-30]],
                from_output: from_output_if("eps is 0", |p| p[0] == 0.0, reference::logit_from_output),
                budget: |_| Budget::ulp(2.5, 2.0, 3.0).dividing(1.0, 1.0, 0.0),
            }

            /// The logarithm of 1 less the exponential of minus the input; NaN below 0.
            Log1mexp, log1mexp [LOG1MEXP] () {
                aliases: ["Log1mexp"],
                source: "Maechler 2012; JAX nn.log1mexp",
                formula: "log(1 - exp(-x))",
                derivative: "1 / (exp(x) - 1)",
                second_derivative: "-exp(x) / (exp(x) - 1)^2",
                second: Some(Second { oracle: reference::log1mexp_second, budget: |_| Bound::ulp(5.5).dividing(2.0) }),
                kinks: |_| vec![0.0],
                from_output: from_output(reference::log1mexp_from_output),
                budget: |_| Budget::ulp(3.0, 3.5, 2.8).dividing(0.0, 1.0, 0.0),
            }
        }
    };
}
pub(crate) use for_each_activation;

/// The rows themselves.
macro_rules! rows {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) {
            aliases: [$($alias:literal),*],
            source: $source:literal,
            $($field:ident: $value:expr),* $(,)?
        }
    )*) => {
        #[allow(clippy::approx_constant, reason = "laplace's default is what others state of sqrt(1/2)")]
        pub(crate) static ROWS: &[Row] = &[$(
            Row {
                parameters: &[$(Parameter { name: stringify!($parameter), default: rows!(@default $($default)?) }),*],
                aliases: &[$($alias),*],
                source: $source,
                $($field: $value,)*
                ..unremarkable(
                    stringify!($name),
                    |parameters, points, results| {
                        reference::each(reference::$name, parameters, points, results);
                    },
                    include_str!(concat!("../../shaders/activations/", stringify!($name), ".wgsl")),
                )
            }
        ),*];
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
}

for_each_activation!(rows);

/// What rustdoc shows of a row, so that no formula is written twice.
macro_rules! row_doc {
    ($source:literal [$($alias:literal)*] $($row:tt)*) => {
        concat!(
            "\n\n- f(x) = `", row_doc!(@find formula $($row)*), "`",
            "\n- f'(x) = `", row_doc!(@find derivative $($row)*), "`",
            "\n- f''(x) = `", row_doc!(@find second_derivative $($row)*), "`",
            "\n- f' at kinks: ", row_doc!(@find at_kinks $($row)*),
            "\n- source: ", $source,
            "\n- also parsed from:", $(" `", $alias, "`",)* "\n"
        )
    };
    (@find formula formula: $value:expr, $($rest:tt)*) => { $value };
    (@find derivative derivative: $value:expr, $($rest:tt)*) => { $value };
    (@find second_derivative second_derivative: $value:expr, $($rest:tt)*) => { $value };
    (@find at_kinks at_kinks: $value:expr, $($rest:tt)*) => { $value };
    (@find at_kinks) => { "it has no jump" };
    (@find $wanted:ident $other:ident: $value:expr, $($rest:tt)*) => { row_doc!(@find $wanted $($rest)*) };
}
pub(crate) use row_doc;

/// The sum of two f32 is one in f64, unless the smaller is below 2^-53 of the larger.
fn mean_slope(p: &[f32]) -> f64 {
    0.5 * (f64::from(p[0]) + f64::from(p[1]))
}

/// A mean slope that is an f32 leaves the product's rounding alone. Another one is two words, of which the second's
/// product joins before that rounding.
fn rrelu_budget(p: &[f32]) -> Budget {
    let ulp = if low_word(mean_slope(p)) == 0.0 { 0.5 } else { 0.51 };
    Budget::ulp(ulp, ulp, 0.0)
}

/// Two products round, and a sum. Where scale and bias have opposite signs, that has a zero.
fn star_relu_budget(p: &[f32]) -> Budget {
    if p == [1.0, 0.0] {
        return Budget::ulp(0.5, 0.5, 0.0);
    }
    let (scale, bias) = (f64::from(p[0]), f64::from(p[1]));
    let forward = if scale * bias < 0.0 {
        let root = (-bias / scale).sqrt();
        // The square and its product with the scale round at the size of the bias.
        let absolute = bias.abs() * 2f64.powi(-23);
        Bound::ulp(3.7).with_floor(absolute, (0.5 * root, 2.0 * root), "scale x^2 and bias cancel")
    } else {
        Bound::ulp(2.0)
    };
    Budget { forward, backward: Bound::ulp(1.5), from_output: Bound::ulp(0.0) }
}

/// The derivative of x times a sigmoid has one zero, where 1 and the slope's product cancel.
fn gate_budget(forward: f64, backward: f64, absolute: f64, interval: (f64, f64)) -> Budget {
    let why = "beside the minimum, terms of size 1 cancel in the derivative";
    let backward = Bound::ulp(backward).with_floor(absolute, interval, why);
    Budget { forward: Bound::ulp(forward), backward, from_output: Bound::ulp(0.0) }
}

/// A second derivative that has two zeros, in this interval and among its negatives, where an absolute error takes over.
fn bound_of_two_zeros(ulp: f64, absolute: f64, interval: (f64, f64)) -> Bound {
    let why = "beside the zeros, terms of size 1 cancel in the second derivative";
    Bound::ulp(ulp).dividing(1.0).with_mirrored_floor(absolute, interval, why)
}

/// beta times a function of z = beta x with zeros at 2.3994 and its negative.
fn swish_second_bound(beta: f32) -> Bound {
    let size = f64::from(beta).abs();
    if size == 0.0 {
        Bound::ROUNDED_ONCE
    } else {
        bound_of_two_zeros(5.5, 2.4e-8 * size, (1.9 / size, 2.9 / size))
    }
}

/// And x times that function.
fn swish_mixed_bound(beta: f32) -> Bound {
    let size = f64::from(beta).abs();
    if size == 0.0 {
        Bound::ulp(5.5)
    } else {
        bound_of_two_zeros(5.5, 6.5e-8 / size, (1.9 / size, 2.9 / size))
    }
}

/// 4 times that function of 2 x.
fn lisht_second_bound() -> Bound {
    bound_of_two_zeros(5.5, 9.6e-8, (0.95, 1.45))
}

/// The zeros are -2.2564 and 1.4906. Of 12 million random x and dy, 3 are above 6 ULP, the largest one 6.84, where products are fused.
fn mish_second_bound() -> Bound {
    bound_of_two_zeros(7.0, 3.2e-8, (1.2, 2.4)).dividing(2.0)
}

/// The zeros are 1.4185 and its negative. Of 8 million random x and dy, the largest error is 6.43 ULP.
fn gelu_tanh_second_bound() -> Bound {
    bound_of_two_zeros(6.5, 3.2e-8, (1.2, 1.7))
}

/// alpha times the derivative of z s(z) at z = beta x, as in swish.
fn parametric_softplus_second_beta_budget(p: &[f32]) -> Bound {
    let bound = Bound::ulp(5.0).dividing(2.0);
    if p[1] == 0.0 {
        return bound;
    }
    let [one, other] = [-1.45, -1.08].map(|z| z / f64::from(p[1]));
    let why = "1 and the slope's product cancel";
    bound.with_floor(1.2e-8 * f64::from(p[0]).abs(), (one.min(other), one.max(other)), why)
}

/// Its zero is at 0.9214.
fn sqrtsoftplus_second_budget() -> Bound {
    let why = "2 exp(-x) log(1 + exp(x)) and 1 cancel";
    Bound::ulp(6.0).dividing(1.0).with_floor(3.4e-8, (-0.4, 2.7), why)
}

/// The zero of swish's derivative is at -1.2785 / beta.
fn swish_budget(p: &[f32]) -> Budget {
    let [one, other] = [-1.45, -1.08].map(|z| z / f64::from(p[0]));
    gate_budget(2.4, 4.5, 1.2e-8, (one.min(other), one.max(other))).dividing(1.0, 2.0, 0.0)
}

/// From |beta x| = 130 on it counts as 0. It is one of f32 there only for a beta that is so small that the square of x outweighs e^-130.
fn swish_beta_budget(beta: f32) -> Bound {
    let bound = Bound::ulp(4.0).dividing(2.0);
    let size = f64::from(beta).abs();
    let all = size == 0.0 || size > 7e-8;
    if all { bound } else { bound.up_to(130.0 / size).then_between(0.0, f64::MAX) }
}

/// Up to |alpha x| = 1000. Beyond, the angle of a f32 product loses its digits.
fn snake_budget(p: &[f32]) -> Budget {
    let (nearest_zero, last) = snake_interval(p, std::f64::consts::FRAC_PI_4);
    let why = "1 + sin vanishes, and the reduction by pi / 2 has digits down to 2^-40";
    let backward = Bound::ulp(3.6).with_mirrored_floor(2e-12, (0.9 * nearest_zero, last), why);
    Budget {
        forward: Bound::ulp(if all_one(p) { 2.6 } else { 5.0 }).up_to(last),
        backward: backward.up_to(last).then_between(0.0, 2.0),
        from_output: Bound::ulp(0.0),
    }
}

/// The derivative by alpha has zeros where tan(alpha x) = 2 alpha x, the first at 1.1656 / alpha. Below 0.4 /
/// alpha, where a polynomial takes over, it is relatively accurate.
fn snake_alpha_budget(p: &[f32]) -> Bound {
    let (first, last) = snake_interval(p, 0.4);
    let absolute = 5e-7 / f64::from(p[0]).powi(2);
    let why = "x sin(2 alpha x) / alpha and sin(alpha x)^2 / alpha^2 cancel beside the zeros";
    let bound = Bound::ulp(5.0).with_mirrored_floor(absolute, (first, last), why);
    // Beyond, x / alpha may leave the range of f32.
    bound.up_to(last).then_between(f64::MIN, f64::MAX)
}

/// What math_versine's angle may be off up to 1000: n times the last word of pi / 2 is 0.006, of which half an ULP is 2^-32.
const ANGLE: f64 = 5e-10;

/// What the sine's square is divided by.
fn snakebeta_divisor(p: &[f32]) -> f64 {
    f64::from(p[1]) + 1e-9
}

/// The size of alpha / (beta + 1e-9).
fn snakebeta_ratio(p: &[f32]) -> f64 {
    (f64::from(p[0]) / snakebeta_divisor(p)).abs()
}

/// 1 less that ratio. Where alpha is beta, 1e-9 is left of the difference.
fn snakebeta_rest(p: &[f32]) -> f64 {
    let (divisor, sign) = (snakebeta_divisor(p), snakebeta_divisor(p).signum());
    (sign * f64::from(p[1]) - f64::from(p[0].abs()) + sign * 1e-9) / divisor.abs()
}

/// Up to |alpha x| = 1000, as snake. With a ratio up to 1, value and derivative have no zero of their own; above it, they have many.
fn snakebeta_budget(p: &[f32]) -> Budget {
    let ratio = snakebeta_ratio(p);
    let (_, last) = snake_interval(p, 0.0);
    let alpha = f64::from(p[0]).abs();
    let amplitude = snakebeta_divisor(p).abs().recip();
    let forward = Bound::ulp(if all_one(p) { 3.0 } else { 5.0 }).up_to(last);
    let forward = if ratio > 1.0 {
        // |x| = sin^2 / b is between b / alpha^2 and 1 / b.
        let interval = (0.4 / (ratio * alpha), 2.5 * amplitude);
        forward.with_mirrored_floor(3e-7 * amplitude, interval, "x and the square cancel")
    } else {
        forward
    };
    // The first zero of 1 + r sin(2 alpha x), or where it comes nearest to one.
    let nearest_zero = 0.5 * ratio.max(1.0).recip().asin() / alpha;
    let why = "1 and the sine cancel, and the reduction by pi / 2 has digits down to 2^-40";
    let absolute = if ratio > 1.0 { 4e-7 + ANGLE * ratio } else { 2e-12 };
    let backward = Bound::ulp(if all_one(p) { 4.7 } else { 5.0 }).with_mirrored_floor(
        absolute,
        (0.5 * nearest_zero, last),
        why,
    );
    // Rounded, the ends may be beyond themselves by half an ULP, of bf16 at the most.
    let (low, high) = (1.0 - ratio, 1.0 + ratio);
    let slack = 0.004 * high;
    Budget {
        forward,
        backward: backward.up_to(last).then_between(low - slack, high + slack),
        from_output: Bound::ulp(0.0),
    }
}

/// The sine's zeros are multiples of pi / 2 of alpha x.
fn snakebeta_alpha_budget(p: &[f32]) -> Bound {
    let (first, last) = snake_interval(p, 1.4);
    let absolute = ANGLE * last / snakebeta_divisor(p).abs();
    let why = "beside the sine's zeros, the reduction by pi / 2 has digits down to 2^-31";
    Bound::ulp(4.0).with_mirrored_floor(absolute, (first, last), why).up_to(last)
}

fn snakebeta_beta_budget(p: &[f32]) -> Bound {
    let (first, last) = snake_interval(p, 2.8);
    let square = snakebeta_divisor(p).powi(-2);
    let why = "the reduction by pi / 2 has digits down to 2^-40";
    let bound = Bound::ulp(5.0).with_mirrored_floor(1e-12 * square, (first, last), why);
    bound.up_to(last).then_between(-1.004 * square, 0.0)
}

/// A multiple of cos(2 alpha x), whose zeros are pi / 4 and so on of alpha x.
fn snake_second_budget(p: &[f32]) -> Bound {
    cosine_bound(p, 2.0 * f64::from(p[0]).abs())
}

/// The same, times x: beyond the bound's domain it may leave the range of f32.
fn snake_second_alpha_budget(p: &[f32]) -> Bound {
    let (_, last) = snake_interval(p, 0.0);
    cosine_bound(p, 2.0 * last).then_between(f64::MIN, f64::MAX)
}

fn snakebeta_second_budget(p: &[f32]) -> Bound {
    cosine_bound(p, 2.0 * f64::from(p[0]).abs() * snakebeta_ratio(p))
}

/// snake and snakebeta by default.
fn all_one(p: &[f32]) -> bool {
    p.iter().all(|value| *value == 1.0)
}

fn cosine_bound(p: &[f32], amplitude: f64) -> Bound {
    let (first, last) = snake_interval(p, 0.7);
    let why = "beside the cosine's zeros, the reduction by pi / 2 has digits down to 2^-31";
    let bound = Bound::ulp(if all_one(p) { 2.7 } else { 4.0 }).with_mirrored_floor(
        ANGLE * amplitude,
        (first, last),
        why,
    );
    // Rounded, the ends may be beyond themselves by half an ULP, of bf16 at the most.
    bound.up_to(last).then_between(-1.004 * amplitude, 1.004 * amplitude)
}

/// With w = 2 alpha x, sin(w) + w cos(w) vanishes first at w = 2.03, and then ever nearer to the cosine's zeros.
fn snakebeta_second_alpha_budget(p: &[f32]) -> Bound {
    let (first, last) = snake_interval(p, 0.8);
    let absolute = 1.5e-6 / snakebeta_divisor(p).abs();
    let why = "sin(w) and w cos(w) cancel, with w = 2 alpha x, and the reduction by pi / 2 has digits down to 2^-31";
    let bound =
        Bound::ulp(if all_one(p) { 4.6 } else { 5.5 }).with_mirrored_floor(absolute, (first, last), why);
    bound.up_to(last).then_between(f64::MIN, f64::MAX)
}

fn snakebeta_second_beta_budget(p: &[f32]) -> Bound {
    let (first, last) = snake_interval(p, 1.4);
    let amplitude = snakebeta_ratio(p) / snakebeta_divisor(p).abs();
    let why = "beside the sine's zeros, the reduction by pi / 2 has digits down to 2^-31";
    let bound = Bound::ulp(if all_one(p) { 3.0 } else { 4.5 }).with_mirrored_floor(
        ANGLE * amplitude,
        (first, last),
        why,
    );
    bound.up_to(last).then_between(-1.004 * amplitude, 1.004 * amplitude)
}

/// |x| for this angle, and where |alpha x| = 1000.
fn snake_interval(p: &[f32], angle: f64) -> (f64, f64) {
    let alpha = f64::from(p[0]).abs();
    (angle / alpha, 1000.0 / alpha)
}

/// On the left, value and derivative have a zero each if 0 < beta / alpha_n < 1.
fn xielu_budget(p: &[f32]) -> Budget {
    let (alpha_n, beta) = (f64::from(p[1]), f64::from(p[2]));
    let ratio = beta / alpha_n;
    let why = "alpha_n (e^x - 1 - x) and beta x cancel, in the derivative alpha_n (e^x - 1) and beta";
    let bound = |absolute: f64, zero: f64, low: f64, high: f64| {
        let has_zero = 0.0 < ratio && ratio < 1.0;
        let floor = Bound::ulp(2.8).with_floor(absolute * alpha_n.abs(), (low * zero, high * zero), why);
        if has_zero { floor } else { Bound::ulp(2.8) }
    };
    let forward_zero = xielu_zero(ratio);
    Budget {
        // For alpha_n below 1e-8, a product with beta - alpha_n may round by as much as half an ULP of it.
        forward: bound(8e-8, forward_zero, (-2.0 / forward_zero).max(1.5), 0.4),
        backward: bound(2e-8, (-ratio).ln_1p(), 2.0, 0.5),
        from_output: Bound::ulp(0.0),
    }
}

/// The x < 0 with e^x - 1 - x = -ratio x, by Newton's method on e^x - 1 = (1 - ratio) x.
fn xielu_zero(ratio: f64) -> f64 {
    (0..60).fold(-2.0 / (1.0 - ratio), |x: f64, _| {
        let slope = x.exp() - (1.0 - ratio);
        x - (x.exp_m1() - (1.0 - ratio) * x) / slope
    })
}

/// Up to 1e5. Beyond, the angle loses its digits.
fn sine_bound(ulp: f64) -> Bound {
    Bound::ulp(ulp).up_to(1e5).then_between(-1.0, 1.0)
}

fn sine_budget() -> Budget {
    Budget { forward: sine_bound(1.2), backward: sine_bound(2.0), from_output: Bound::ulp(0.0) }
}

/// Where the line is 0, and where it is 1.
fn hardsigmoid_kinks(p: &[f32]) -> Vec<f64> {
    let (slope, offset) = (f64::from(p[0]), f64::from(p[1]));
    if slope == 0.0 { Vec::new() } else { vec![-offset / slope, (1.0 - offset) / slope] }
}

#[cfg(test)]
mod tests {
    use crate::Kind;
    use crate::table::row::{MAX_ARGUMENTS, MAX_PARAMETERS};

    /// One that its own row refuses would silently be left out of every check.
    #[test]
    fn every_sample_is_valid() {
        for (kind, row) in Kind::ALL.iter().zip(super::ROWS) {
            for sample in row.samples {
                assert!(kind.with(sample).is_ok(), "{} refuses its sample {sample:?}", row.name);
            }
        }
    }

    /// The shader's functions take x (or y), dy, the parameters and what is derived from them, in that order.
    #[test]
    fn every_shader_has_the_functions_of_its_row() {
        for row in super::ROWS {
            let parameters = row.parameters.iter().map(|parameter| parameter.name);
            let names = parameters.chain(row.derived.iter().map(|derived| derived.name));
            let arguments: String = names.map(|name| format!(", {name}: f32")).collect();
            let both = "x: f32, dy: f32";
            let mut heads = vec![(String::new(), "x: f32"), ("_backward".to_owned(), both)];
            if row.from_output.is_some() {
                heads.push(("_backward_from_output".to_owned(), "y: f32, dy: f32"));
            }
            heads.extend(row.learnable.iter().map(|it| (format!("_backward_{}", it.parameter), both)));
            heads.extend(row.second.as_ref().map(|_| ("_second".to_owned(), both)));
            let mixed = row.learnable.iter().filter(|it| it.mixed.is_some());
            heads.extend(mixed.map(|it| (format!("_second_{}", it.parameter), both)));
            for (suffix, inputs) in heads {
                let head = format!("fn act_{}{suffix}({inputs}{arguments}) -> f32 {{", row.name);
                assert!(row.wgsl.contains(&head), "{} lacks {head:?}", row.name);
            }
        }
    }

    /// A derivative that is straight has no function, and any other one has.
    #[test]
    fn second_derivatives_have_functions_unless_they_are_0() {
        for row in super::ROWS {
            for by in std::iter::once(None).chain((0..row.learnable.len()).map(Some)) {
                let (text, second) = row.second_by(by);
                assert!(!text.is_empty(), "{} states no second derivative by {by:?}", row.name);
                assert_eq!(second.is_some(), text != "0", "{} by {by:?}: {text:?}", row.name);
            }
        }
    }

    /// A kind's position is its row's.
    #[test]
    fn every_kind_finds_its_row() {
        assert_eq!(Kind::ALL.len(), super::ROWS.len());
        for (kind, row) in Kind::ALL.iter().zip(super::ROWS) {
            assert_eq!(format!("{kind:?}").to_lowercase(), row.name.replace('_', ""));
        }
    }

    #[test]
    fn every_row_fits_the_uniform() {
        for row in super::ROWS {
            assert!(row.parameters.len() <= MAX_PARAMETERS, "{} has too many parameters", row.name);
            let values = row.parameters.len() + row.derived.len();
            assert!(values <= MAX_ARGUMENTS, "{} takes too many values", row.name);
        }
    }
}
