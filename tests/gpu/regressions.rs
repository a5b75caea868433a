//! Where other libraries go wrong, each by name, forward and backward, on this adapter.

use wgpu_activations::verify::Case;
use wgpu_activations::{Activation, Direction};

use crate::common::GPU;

fn forward(text: &str, x: &[f32]) -> Vec<f32> {
    let x = GPU.upload(x).unwrap();
    GPU.read_blocking(&GPU.forward(text.parse::<Activation>().unwrap(), &x).unwrap()).unwrap()
}

fn backward(text: &str, x: &[f32], dy: f32) -> Vec<f32> {
    let (x, dy) = (GPU.upload(x).unwrap(), GPU.upload(&vec![dy; x.len()]).unwrap());
    GPU.read_blocking(&GPU.backward(text.parse::<Activation>().unwrap(), &x, &dy).unwrap()).unwrap()
}

/// Value and derivative (dy = 1) are within the row's budgets, whose floors stay out of it.
#[track_caller]
fn assert_right(text: &str, x: &[f32]) {
    let activation: Activation = text.parse::<Activation>().unwrap();
    for case in Case::all(activation).into_iter().take(2) {
        let (got, name) = match case.direction {
            Direction::Forward => (forward(text, x), "forward"),
            _ => (backward(text, x, 1.0), "backward"),
        };
        for (&x, got) in x.iter().zip(got) {
            let exact = activation.exact(x.into());
            let exact = if case.direction == Direction::Forward { exact.value } else { exact.derivative };
            let allowed = case.bound().ulp * ulp(exact);
            // A subnormal result may be flushed.
            let flushed = exact.abs() < f32::MIN_POSITIVE.into() && got.abs() <= f32::MIN_POSITIVE;
            // selu of the largest f32 is beyond it.
            let beyond = exact.abs() > f32::MAX.into() && f64::from(got) == exact.signum() * f64::INFINITY;
            let near = f64::from(got) == exact || (f64::from(got) - exact).abs() <= allowed;
            let right = near || flushed || beyond;
            assert!(right, "{text} {name} at {x:e}: {got:e}, exact {exact:e}");
        }
    }
}

fn ulp(exact: f64) -> f64 {
    let exponent = exact.abs().max(f32::MIN_POSITIVE.into()).log2().floor();
    2f64.powf(exponent - 23.0)
}

/// With f32::MAX and infinity, which overflow what is squared or exponentiated.
const LARGE: [f32; 12] =
    [13.0, 17.0, 22.0, 43.7, 44.0, 88.0, 88.8, 104.0, 1e13, 1.9e19, f32::MAX, f32::INFINITY];

fn negated(points: &[f32]) -> Vec<f32> {
    points.iter().map(|x| -x).collect()
}

/// 0 above 43.7 on Metal, NaN above 88 elsewhere; through (1 - e) / (1 + e) 1.3 % off at 1e-6, no digit right at 1e-38.
#[test]
fn tanh_by_the_builtin_or_by_a_quotient() {
    assert_right("tanh", &LARGE);
    assert_right("tanh", &negated(&LARGE));
    assert_right("tanh", &[1e-6, -1e-6, 1e-8, 1.2e-38, 0.55, 0.625, 0.0]);
}

/// 4 % off at -5, 0 below -5.6.
#[test]
fn gelu_erf_as_a_half_of_one_plus_erf() {
    assert_right("gelu_erf", &[-5.0, -5.6, -6.0, -8.0, -10.0, -12.0, -13.0]);
}

/// NaN above 13: infinity over infinity, or infinity times 0.
#[test]
fn gelu_tanh_through_tanh() {
    assert_right("gelu_tanh", &LARGE);
    assert_right("gelu_tanh", &negated(&LARGE));
}

/// The other form's derivative is 8.7e-4 off, 25 % at -3.8.
#[test]
fn gelu_forward_and_backward_are_of_one_function() {
    let points = [-3.8, -2.5, -1.0, 0.3, 1.7, 3.0];
    for name in ["gelu_erf", "gelu_tanh"] {
        assert_right(name, &points);
        let far = |x: f32| (x * 1.001) - (x * 0.999);
        let (above, below) = (points.map(|x| x * 1.001), points.map(|x| x * 0.999));
        let values = forward(name, &above).into_iter().zip(forward(name, &below));
        let slopes = values.zip(points).map(|((above, below), x)| (above - below) / far(x));
        for ((slope, got), x) in slopes.zip(backward(name, &points, 1.0)).zip(points) {
            assert!((slope - got).abs() < 3e-4, "{name}' at {x}: {got}, by differences {slope}");
        }
    }
}

/// exp(-x^2 / 2) from a rounded square is off by tens of ULP.
#[test]
fn erfc_of_large_arguments() {
    let points: Vec<f32> = (0..700).map(|step| -6.0 - step as f32 * 0.010_003).collect();
    assert_right("gelu_erf", &points);
}

/// NaN from -infinity * 0; the limit is 0, and so is the gradient, whatever dy is.
#[test]
fn limits_at_minus_infinity() {
    for name in ["silu", "swish", "quick_gelu", "gelu_erf", "gelu_tanh", "mish", "hardswish"] {
        let x = [f32::NEG_INFINITY, f32::MIN];
        assert_eq!(forward(name, &x), [0.0, 0.0], "{name}");
        for dy in [1.0, f32::INFINITY, f32::NAN] {
            assert_eq!(backward(name, &x, dy), [0.0, 0.0], "{name}, dy = {dy}");
        }
    }
}

/// 0 * infinity in the gradient: a select after an exponential that overflows.
#[test]
fn gradients_where_the_unused_exponential_overflows() {
    for name in ["elu", "selu", "celu", "softplus", "elu(alpha=3)", "celu(alpha=0.1)", "softplus(beta=10)"] {
        assert_right(name, &LARGE);
        assert_right(name, &negated(&LARGE));
    }
}

/// max makes NaN 0, and a mask multiplied to an infinite dy makes NaN.
#[test]
fn relu_by_max_and_its_gradient_by_a_mask() {
    for name in ["relu", "relu6", "leaky_relu", "hardtanh", "thresholded_relu", "relu_squared"] {
        assert!(forward(name, &[f32::NAN])[0].is_nan(), "{name} of NaN");
        assert!(backward(name, &[f32::NAN], 1.0)[0].is_nan(), "{name}' of NaN");
    }
    for name in ["relu", "relu6", "hardtanh", "thresholded_relu", "relu_squared"] {
        for dy in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            let got = backward(name, &[-3.0, -1e30, f32::NEG_INFINITY], dy);
            assert_eq!(got, [0.0; 3], "{name}, dy = {dy}");
        }
    }
    assert_right("relu", &[-1.0, -0.0, 0.0, 1.2e-38, 1.0, f32::MAX]);
}

/// max(slope * x, x) takes the wrong side.
#[test]
fn leaky_relu_with_a_slope_above_1() {
    assert_eq!(forward("leaky_relu(negative_slope=1.5)", &[-2.0, 2.0]), [-3.0, 2.0]);
    assert_eq!(backward("leaky_relu(negative_slope=1.5)", &[-2.0, 0.0, 2.0], 4.0), [6.0, 6.0, 4.0]);
    assert_eq!(forward("leaky_relu(negative_slope=-0.5)", &[-2.0, 2.0]), [1.0, 2.0]);
}

/// log(1 + e^x): 0 below -17, infinite above 88.
#[test]
fn softplus_as_written() {
    assert_right("softplus", &LARGE);
    assert_right("softplus", &[-16.0, -17.0, -18.0, -30.0, -60.0, -87.0]);
    // Where a quotient's digits are the finest beside those of the logarithm.
    assert_right("softplus(beta=3)", &[0.00920055]);
    assert_right("logsigmoid", &negated(&LARGE));
    assert_right("logsigmoid", &[16.0, 17.0, 18.0, 30.0, 60.0, 87.0]);
}

/// e^(3 x) and e^(4 x) overflow at 22.
#[test]
fn the_derivative_of_mish_above_22() {
    assert_right("mish", &[20.0, 21.9, 22.0, 22.2, 23.0, 29.5, 30.0, 44.5, 88.0]);
    assert_right("mish", &LARGE);
    assert_right("mish", &negated(&LARGE));
}

/// Results that are normal numbers, and 0 elsewhere.
#[test]
fn negative_tails() {
    assert_right("gelu_erf", &[-12.5, -13.0]);
    for name in ["silu", "mish", "softplus", "sigmoid", "swish", "elu", "selu", "celu"] {
        assert_right(name, &[-50.0, -80.0, -86.0, -87.0]);
    }
    for (name, x) in [("gelu_erf", -13.0), ("silu", -87.0), ("mish", -87.0), ("softplus", -87.0)] {
        assert!(forward(name, &[x])[0].abs() > f32::MIN_POSITIVE, "{name} at {x}");
        assert!(backward(name, &[x], 1.0)[0].abs() > f32::MIN_POSITIVE, "{name}' at {x}");
    }
    assert!(backward("elu", &[-87.0], 1.0)[0] > f32::MIN_POSITIVE);
}

/// Normal parameters below 1e-34 gave NaN, or thousands of ULP. They are refused, and the range is right up to its end.
#[test]
fn tiny_parameters() {
    for text in ["snake(alpha=1e-34)", "snake(alpha=1.2e-38)", "softplus(beta=1e-37)", "celu(alpha=1e-37)"] {
        let refused = text.parse::<Activation>().unwrap_err().to_string();
        assert!(refused.contains("from 1e-24 to 1e24"), "{text}: {refused}");
    }
    assert_right("snake(alpha=1e-24)", &[1e24, -1.02e24, 1e26, 3e26]);
    assert_right("softplus(beta=1e-24)", &[0.0, 1e23, 1e24, -1.3824318e25, 3e38]);
    assert_right("celu(alpha=1e-24)", &[-2.2332883e-38, -8.327871e-37, -8e-25, -1e-24, -3e-23, -1.0]);
    assert_right("swish(beta=1e-24)", &[1e24, -1e24, -2e25, 3e38]);
    assert_right("quick_gelu(alpha=1e24)", &[1e-24, -1e-24, -2e-23, 3e38]);
}
