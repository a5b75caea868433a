//! The f64 oracle against golden vectors and against itself, and the table's names and parameters. No GPU.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{HashMap, HashSet};

use wgpu_activations::reference::{RowElements, RowGradient, RowTarget};
use wgpu_activations::{Activation, Axis, CrossEntropy, Error, Gate, Kind, Softmax, SoftmaxKind};

/// The oracle's stated relative error: 1e-5 of an f32's last digit, so it never shows in a ULP figure.
const RELATIVE: f64 = 1e-12;

/// Below the smallest normal f32 nothing relative is claimed of a kernel, nor of the oracle.
const SMALLEST_NORMAL: f64 = f32::MIN_POSITIVE as f64;

/// One line of golden.csv.
struct Golden {
    activation: Activation,
    x: f64,
    value: f64,
    derivative: f64,
    by_parameter: Vec<f64>,
    /// By x twice, then by x and each parameter.
    second: Vec<f64>,
}

fn golden() -> Vec<Golden> {
    // Not compiled in: `./x check` writes it when the tests are built.
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden.csv")).unwrap();
    text.lines().map(golden_line).collect()
}

fn golden_line(line: &str) -> Golden {
    let fields: Vec<&str> = line.split(',').collect();
    let kind: Kind = fields[0].parse().unwrap_or_else(|error| panic!("golden.csv: {error}"));
    let parameters: Vec<f32> = fields[1].split_whitespace().map(|value| value.parse().unwrap()).collect();
    let x = f32::from_bits(u32::from_str_radix(fields[2], 16).unwrap());
    assert_eq!(x, fields[3].parse::<f32>().unwrap(), "{line}");
    let numbers: Vec<f64> = fields[4..].iter().map(|value| value.parse().unwrap()).collect();
    let learnable = kind.learnable().len();
    Golden {
        activation: kind.with(&parameters).unwrap(),
        x: x.into(),
        value: numbers[0],
        derivative: numbers[1],
        by_parameter: numbers[2..2 + learnable].to_vec(),
        second: numbers[2 + learnable..].to_vec(),
    }
}

/// Every activation of the table with its defaults and the table's further values.
fn activations() -> impl Iterator<Item = Activation> {
    Kind::ALL.iter().flat_map(|kind| kind.samples())
}

/// 16 points a decade from 1e-4 to 100, and their negatives.
fn points() -> impl Iterator<Item = f64> {
    (-64..=32).map(|sixteenth| 10f64.powf(f64::from(sixteenth) / 16.0)).flat_map(|x| [x, -x])
}

/// Both NaN, or both the same infinity, where a function is none or ends.
fn no_numbers_alike(got: f64, exact: f64) -> bool {
    (got.is_nan() && exact.is_nan()) || (got.is_infinite() && got == exact)
}

fn assert_golden(what: &str, point: &Golden, got: f64, exact: f64) {
    if no_numbers_alike(got, exact) {
        return;
    }
    let allowed = RELATIVE * exact.abs().max(SMALLEST_NORMAL);
    let error = (got - exact).abs();
    assert!(error <= allowed, "{} {what} at {:e}: {got:e}, exact {exact:e}", point.activation, point.x);
}

#[test]
fn oracle_agrees_with_golden_vectors() {
    for point in golden() {
        let got = point.activation.exact(point.x);
        assert_golden("value", &point, got.value, point.value);
        assert_golden("derivative", &point, got.derivative, point.derivative);
        for (index, exact) in point.by_parameter.iter().enumerate() {
            let got = point.activation.exact_by_parameter(index, point.x).unwrap();
            assert_golden("derivative by parameter", &point, got, *exact);
        }
        for (place, exact) in point.second.iter().enumerate() {
            let got = point.activation.exact_second(place.checked_sub(1), point.x).unwrap();
            assert_golden("second derivative", &point, got, *exact);
        }
    }
}

#[test]
fn golden_vectors_cover_the_table() {
    let mut inputs: HashMap<String, usize> = HashMap::new();
    for point in golden() {
        let learnable = point.activation.kind().learnable().len();
        assert_eq!(point.second.len(), 1 + learnable, "{}", point.activation);
        *inputs.entry(point.activation.to_string()).or_default() += 1;
    }
    for kind in Kind::ALL {
        for activation in kind.samples().iter().take(2) {
            let count = inputs.get(&activation.to_string()).copied().unwrap_or(0);
            assert!(count >= 60, "golden.csv has {count} points of {activation}: run ./x check {kind}");
        }
    }
}

/// Kinks and one ULP to each side of them, the smallest and the largest magnitudes, and steps in both tails.
#[test]
fn golden_vectors_are_where_it_is_hard() {
    let mut inputs: HashMap<String, Vec<f32>> = HashMap::new();
    for point in golden() {
        inputs.entry(point.activation.to_string()).or_default().push(point.x as f32);
    }
    for activation in Kind::ALL.iter().flat_map(|kind| kind.samples().into_iter().take(2)) {
        let inputs = &inputs[&activation.to_string()];
        for kink in activation.kinks() {
            let kink = kink as f32;
            for x in [kink.next_down(), kink, kink.next_up()] {
                assert!(inputs.contains(&x), "{activation}: no golden vector at {x:e}, beside a kink");
            }
        }
        for sign in [1.0, -1.0] {
            for (low, high) in [(1e-45, 1e-44), (5.0, 8.0), (12.0, 15.0), (80.0, 90.0), (1e37, f32::MAX)] {
                let within = |x: &f32| low <= sign * x && sign * x <= high;
                assert!(
                    inputs.iter().any(within),
                    "{activation}: none with {sign} times {low:e} to {high:e}"
                );
            }
        }
    }
}

/// (f(x + h) - f(x - h)) / 2h is the mean of f' between them, which Simpson's rule gives to h^4 / 180 times
/// the fifth derivative: below 1e-9 for the table's smallest scale, 1e-3 (a beta of 1000), with a constant of
/// some 10. The mean of f'' it gives to as much of the sixth, which is larger by that scale: below 1e-8, with a constant of 0.1. Beside a kink, where a logarithm's slope is the inverse of the distance and a power's a power of it, h is a share of that
/// distance. The difference of two values rounded in f64 adds an error of their last place, divided by h.
#[test]
fn derivatives_agree_with_central_differences() {
    const STEP: f64 = 1e-5;
    const SHARE: f64 = 1.0 / 256.0;
    const TRUNCATION: f64 = 1e-9;
    for activation in activations() {
        let kinks = activation.kinks();
        for x in points().filter(|x| kinks.iter().all(|kink| (x - kink).abs() > 2.0 * STEP)) {
            let distance = kinks.iter().map(|kink| (x - kink).abs()).fold(f64::INFINITY, f64::min);
            let step = STEP.min(SHARE * distance);
            let (low, high) = (x - step, x + step);
            let points = [low, x, high];
            let exact = points.map(|at| activation.exact(at));
            let agree = |values: [f64; 3], derivatives: [f64; 3], truncation: f64, what: &str| {
                let quotient = (values[2] - values[0]) / (high - low);
                let mean = (derivatives[0] + 4.0 * derivatives[1] + derivatives[2]) / 6.0;
                let size = values[1].abs().max(x.abs());
                let allowed = truncation * mean.abs().max(1.0) + 4.0 * f64::EPSILON * size / step;
                assert!(
                    (quotient - mean).abs() <= allowed || no_numbers_alike(mean, quotient),
                    "{what} of {activation} at {x}: {mean:e}, difference {quotient:e}"
                );
            };
            let derivatives = exact.map(|exact| exact.derivative);
            agree(exact.map(|exact| exact.value), derivatives, TRUNCATION, "derivative");
            if let Some(second) = activation.exact_second(None, x) {
                let ends = [low, high].map(|at| activation.exact_second(None, at).unwrap());
                agree(derivatives, [ends[0], second, ends[1]], 10.0 * TRUNCATION, "second derivative");
            }
        }
    }
}

/// f'(f^-1(y)) at y = f(x). A y that f64 has rounded shifts it by a few last places, in an absolute sense.
#[test]
fn derivative_from_output_agrees_with_derivative() {
    for activation in activations().filter(|activation| activation.check_from_output().is_ok()) {
        for x in points().chain([0.0]) {
            let exact = activation.exact(x);
            let got = activation.exact_from_output(exact.value).unwrap();
            let allowed = RELATIVE * exact.derivative.abs().max(1.0);
            let error = (got - exact.derivative).abs();
            let right = error <= allowed || no_numbers_alike(got, exact.derivative);
            assert!(right, "{activation} at x = {x:e}: {got:e}, from x {:e}", exact.derivative);
        }
    }
}

/// Where the sum that gives the derivative all but vanishes: selu's y + scale * alpha. The values are by mpmath.
#[test]
fn derivative_from_output_keeps_its_digits_where_terms_cancel() {
    for (text, y, exact) in [
        ("selu", -1.758_099_3_f32, 2.329_671_768_025_271_8e-8),
        ("elu(alpha=3)", -2.999_999_8, 2.384_185_791_015_625e-7),
        ("tanh", 0.999_999_94, 1.192_092_859_980_675_7e-7),
        ("sigmoid", 0.999_999_94, 5.960_464_122_267_695e-8),
        ("logsigmoid", -1e-30, 1.000_000_003_171_076_9e-30),
    ] {
        let got = text.parse::<Activation>().unwrap().exact_from_output(y.into()).unwrap();
        assert!((got - exact).abs() <= RELATIVE * exact, "{text} from {y}: {got:e}, exact {exact:e}");
    }
}

/// The oracle's value at an infinity continues those before it, where they settle: a sine oscillates.
#[test]
fn infinities_give_the_limit() {
    for activation in activations() {
        for sign in [1.0, -1.0] {
            let [far, farther, limit] = [1e30, 3e30, f64::INFINITY].map(|x| activation.exact(sign * x));
            let same = |far: f64, farther: f64, limit: f64| {
                if limit.is_infinite() {
                    // A logarithm grows by that of 3.
                    far == limit || (farther - far) * limit.signum() > 1.0
                } else {
                    let [far_off, farther_off] = [far, farther].map(|it| (it - limit).abs());
                    let near = far_off <= 1e-12 * limit.abs() + 1e-20;
                    // As the inverse of a root at least.
                    near || farther_off < 0.6 * far_off || no_numbers_alike(far, limit)
                }
            };
            // The second derivative's amplitude is twice snake's alpha.
            let oscillates =
                |one: f64, other: f64| one.abs().max(other.abs()) <= 1000.0 && (one - other).abs() > 1e-3;
            for [far, farther, limit] in [
                [far, farther, limit].map(|exact| exact.value),
                [far, farther, limit].map(|exact| exact.derivative),
                [1e30, 3e30, f64::INFINITY].map(|x| activation.exact_second(None, sign * x).unwrap_or(0.0)),
            ] {
                let right = (limit.is_finite() && oscillates(far, farther)) || same(far, farther, limit);
                assert!(
                    right,
                    "{activation} at {sign} infinity: {limit:e}, before it {far:e} and {farther:e}"
                );
            }
        }
        for by in std::iter::once(None).chain((0..activation.kind().learnable().len()).map(Some)) {
            let second = activation.exact_second(by, f64::NAN);
            assert!(second.is_none_or(f64::is_nan), "{activation} by {by:?}");
        }
        for index in 0..activation.kind().learnable().len() {
            assert!(activation.exact_by_parameter(index, f64::NAN).unwrap().is_nan(), "{activation}");
        }
        let nan = activation.exact(f64::NAN);
        assert!(nan.value.is_nan() && nan.derivative.is_nan(), "{activation}");
    }
}

#[test]
fn names_and_aliases_are_unambiguous() {
    let mut taken: HashMap<String, Kind> = HashMap::new();
    for kind in Kind::ALL.iter().copied() {
        let all: Vec<&str> = kind.aliases().iter().copied().chain([kind.name()]).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{kind} has an alias twice");
        for name in all {
            assert_eq!(name.parse::<Kind>().unwrap(), kind, "{name}");
            let holder = *taken.entry(name.to_lowercase()).or_insert(kind);
            assert_eq!(holder, kind, "{name} stands for two activations, or would but for its case");
        }
    }
}

#[test]
fn ambiguous_names_are_refused_with_the_real_ones() {
    for name in ["gelu", "GELU", "Gelu"] {
        let error = name.parse::<Activation>().unwrap_err();
        assert!(matches!(error, Error::AmbiguousActivation { .. }), "{error}");
        assert!(error.to_string().contains("gelu_erf") && error.to_string().contains("gelu_tanh"), "{error}");
    }
    // PyTorch's slope is 1/6, ONNX's 0.2.
    let error = "HardSigmoid".parse::<Activation>().unwrap_err();
    assert!(error.to_string().contains("hardsigmoid(slope=0.2)"), "{error}");
}

/// As `print(module)` has them, and as functions are called.
#[test]
fn what_pytorch_prints_of_a_module_is_read() {
    let cases: [(&str, Result<Activation, Error>); 21] = [
        ("GELU(approximate='tanh')", Ok(Activation::GELU_TANH)),
        ("GELU(approximate=\"none\")", Ok(Activation::GELU_ERF)),
        ("gelu(approximate=tanh)", Ok(Activation::GELU_TANH)),
        ("ReLU()", Ok(Activation::RELU)),
        ("ReLU(inplace=True)", Ok(Activation::RELU)),
        ("ReLU6(inplace=False)", Ok(Activation::RELU6)),
        ("LeakyReLU(negative_slope=0.2, inplace=True)", Activation::leaky_relu(0.2)),
        ("leaky_relu(0.2)", Activation::leaky_relu(0.2)),
        ("LeakyReLU(0.2, inplace=True)", Activation::leaky_relu(0.2)),
        ("Hardtanh(min_val=-2.0, max_val=2.0)", Activation::hardtanh(-2.0, 2.0)),
        ("Hardtanh(-2, 3)", Activation::hardtanh(-2.0, 3.0)),
        ("Hardshrink(0.5)", Activation::hardshrink(0.5)),
        ("hardshrink(lambd=0.25)", Activation::hardshrink(0.25)),
        ("Softshrink(0.5)", Activation::softshrink(0.5)),
        ("ELU(alpha=1.0)", Activation::elu(1.0)),
        ("CELU(alpha=1.5, inplace=True)", Activation::celu(1.5)),
        ("Threshold(threshold=0.1, value=20)", Activation::threshold(0.1, 20.0)),
        ("Softplus(beta=1.0, threshold=20.0)", Activation::softplus(1.0, 20.0)),
        ("RReLU(lower=0.125, upper=0.3333333333333333)", Activation::rrelu(0.125, 1.0 / 3.0)),
        ("PReLU(num_parameters=1)", Activation::prelu(0.25)),
        ("SiLU(inplace=True)", Ok(Activation::SILU)),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Activation>(), expected, "{text}");
    }
}

#[test]
fn what_is_no_activation_is_refused_with_a_hint_that_helps() {
    let error = |text: &str| text.parse::<Activation>().unwrap_err();
    for (text, gate) in [("swiglu", "swiglu"), ("SwiGLU", "swiglu"), ("GLU", "glu")] {
        assert_eq!(error(text), Error::TakesPairs { gate });
    }
    for text in ["softmax", "Softmax(dim=1)", "log_softmax", "LogSoftmax"] {
        assert!(matches!(error(text), Error::TakesRows { .. }), "{text}");
    }
    for text in ["", "  ", "()"] {
        assert!(matches!(error(text), Error::Parse { .. }), "{text:?}");
    }
    assert!(matches!(
        error("geglu"),
        Error::AmbiguousActivation { candidates: ["geglu_erf", "geglu_tanh"], .. }
    ));
    for text in [
        "leaky_relu(0.2",
        "leaky_relu(much)",
        "leaky_relu(negative_slope=)",
        "hardtanh(min_value=-1, 2)",
        "relu(inplace=3)",
        "leaky_relu(0.1, 0.2)",
        "relu(1)",
        "relu(approximate='tanh')",
        "GELU(approximate='sinh')",
        "elu(num_parameters=1)",
    ] {
        assert!(text.parse::<Activation>().is_err(), "{text}");
    }
    let error = |text: &str| text.parse::<Gate>().unwrap_err();
    assert_eq!(error("swigl"), Error::UnknownGate { name: "swigl".to_owned(), nearest: "swiglu" });
    assert_eq!(error("tahn"), Error::UnknownGate { name: "tahn".to_owned(), nearest: "tanh" });
    assert!(matches!(error("geglu"), Error::AmbiguousActivation { .. }));
    assert_eq!("SwiGLU".parse::<Gate>(), Ok(Gate::SWIGLU));
}

#[test]
fn text_round_trips() {
    for activation in activations() {
        assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
    }
    for kind in Kind::ALL {
        if let Ok(defaults) = kind.with_defaults() {
            assert_eq!(kind.to_string().parse::<Activation>().unwrap(), defaults);
        }
    }
}

#[test]
fn parameters_that_are_not_finite_are_refused() {
    for activation in activations() {
        for (index, parameter) in activation.kind().parameters().iter().enumerate() {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut parameters = activation.parameters().to_vec();
                parameters[index] = value;
                let result = activation.kind().with(&parameters);
                let limit =
                    value.is_infinite() && HAVE_LIMITS.contains(&(activation.kind().name(), parameter.name));
                let refused = matches!(result, Err(Error::InvalidParameter { .. }));
                assert!(refused || limit, "{activation}: {result:?}");
            }
        }
    }
}

/// The parameters in which a function has a limit.
const HAVE_LIMITS: [(&str, &str); 7] = [
    ("hardtanh", "min_value"),
    ("hardtanh", "max_value"),
    ("clip", "min_value"),
    ("clip", "max_value"),
    ("threshold", "value"),
    ("softplus", "threshold"),
    ("celu", "alpha"),
];

/// What an infinite parameter makes of a function.
#[test]
fn infinite_parameters_give_the_limit() {
    let infinity = f64::INFINITY;
    for (text, x, value, derivative) in [
        ("hardtanh(min_value=-inf)", -1e30, -1e30, 1.0),
        ("hardtanh(min_value=-inf)", -infinity, -infinity, 1.0),
        ("hardtanh(max_value=inf)", infinity, infinity, 1.0),
        ("hardtanh(max_value=inf)", -infinity, -1.0, 0.0),
        ("clip(min_value=-inf, max_value=inf)", 7.0, 7.0, 1.0),
        ("clip(min_value=0, max_value=inf)", 0.0, 0.0, 0.0),
        ("threshold(threshold=1, value=-inf)", 0.5, -infinity, 0.0),
        ("threshold(threshold=1, value=-inf)", 2.0, 2.0, 1.0),
        ("softplus(threshold=inf)", 100.0, 100.0, 1.0),
        ("softplus(threshold=inf)", infinity, infinity, 1.0),
        ("celu(alpha=inf)", -2.5, -2.5, 1.0),
        ("celu(alpha=-inf)", -infinity, -infinity, 1.0),
    ] {
        let exact = text.parse::<Activation>().unwrap().exact(x);
        assert_eq!((exact.value, exact.derivative), (value, derivative), "{text} at {x}");
    }
    for text in [
        "hardtanh(min_value=inf, max_value=inf)",
        "clip(min_value=-inf, max_value=-inf)",
        "softplus(threshold=-inf)",
        "elu(alpha=inf)",
        "threshold(threshold=1, value=nan)",
    ] {
        assert!(matches!(text.parse::<Activation>(), Err(Error::InvalidParameter { .. })), "{text}");
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    for text in [
        "softplus(beta=0)",
        "softplus(beta=-0.0)",
        "celu(alpha=0)",
        "snake(alpha=0)",
        "squareplus(b=-1e-30)",
        "softshrink(lambda=-0.5)",
        "rrelu(lower=0.5)",
        "rrelu(lower=0.3, upper=0.2)",
        "hardtanh(min_value=2)",
        "hardtanh(max_value=-1.5)",
    ] {
        let result = text.parse::<Activation>();
        assert!(matches!(result, Err(Error::InvalidParameter { .. })), "{text}: {result:?}");
    }
    for text in [
        "squareplus(b=0)",
        "softshrink(lambda=0)",
        "hardshrink(lambda=-1)",
        "shrink(lambda=-1)",
        "rrelu(lower=0.25, upper=0.25)",
        "hardtanh(min_value=1)",
        "softplus(beta=-1)",
        "celu(alpha=-1)",
        "swish(beta=0)",
    ] {
        assert!(text.parse::<Activation>().is_ok(), "{text}");
    }
}

#[test]
fn parameters_are_all_known_and_all_given() {
    assert!(matches!("threshold".parse::<Activation>(), Err(Error::MissingParameter { .. })));
    assert!(matches!("threshold(threshold=1)".parse::<Activation>(), Err(Error::MissingParameter { .. })));
    assert!("threshold(threshold=1, value=2)".parse::<Activation>().is_ok());
    for kind in Kind::ALL {
        let text = format!("{kind}(no_such_parameter=1)");
        assert!(matches!(text.parse::<Activation>(), Err(Error::UnknownParameter { .. })), "{text}");
    }
}

#[test]
fn every_row_says_what_it_is() {
    for kind in Kind::ALL.iter().copied() {
        assert!(!kind.source().is_empty(), "{kind} has no source");
        assert!(!kind.formula().is_empty() && !kind.derivative().is_empty(), "{kind} has no formula");
        assert!(!kind.samples().is_empty(), "{kind} has neither defaults nor samples");
        let known = |name| kind.parameters().iter().any(|parameter| parameter.name == name);
        assert!(
            kind.learnable().all(|(name, _)| known(name)),
            "{kind} learns a parameter that it does not have"
        );
    }
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// Forward relative to the result, or to what cancels in logsumexp; backward to the size of a gradient's terms.
#[test]
fn functions_of_rows_match_their_golden_vectors() {
    let text = include_str!("data/golden_rows.csv");
    for line in text.lines() {
        let columns: Vec<&str> = line.split(',').collect();
        let [name, direction, scale, row, dy, results, more @ ..] = &columns[..] else { panic!("{line}") };
        let (row, dy, golden) = (numbers(row), numbers(dy), numbers(results));
        let axis = Axis::last(row.len() as u64);
        let scale = scale.parse().unwrap();
        let results: Vec<(f64, f64)> = if *name == "cross_entropy" {
            let [smoothing, target] = more else { panic!("{line}") };
            let smoothing = smoothing.parse().unwrap();
            let loss = CrossEntropy::new(axis).scaled(scale).unwrap().smoothed(smoothing).unwrap();
            let p = numbers(target);
            let target = target.parse().map_or(RowTarget::Probabilities(&p), RowTarget::Label);
            match *direction {
                "forward" => vec![(loss.exact(&row, target), loss.exact(&row, target))],
                _ => sized(loss.exact_backward(&row, target, dy[0])),
            }
        } else {
            let kind = *SoftmaxKind::ALL.iter().find(|kind| kind.name() == *name).unwrap();
            let softmax = Softmax::of(kind, axis).scaled(scale).unwrap();
            let bias = more.first().map(|bias| numbers(bias)).unwrap_or_default();
            let sink = more.get(1).map(|sink| sink.parse().unwrap());
            let elements = RowElements { x: &row, bias: &bias, sink };
            match *direction {
                "forward" => softmax.exact(elements).into_iter().zip(softmax.exact_sizes(elements)).collect(),
                "backward" => sized(softmax.exact_backward_from_input(elements, &dy)),
                _ => sized(softmax.exact_backward(&row, &dy)),
            }
        };
        assert_eq!(results.len(), golden.len(), "{line}");
        for ((got, size), golden) in results.into_iter().zip(golden) {
            let error = (got - golden).abs();
            assert!(error <= RELATIVE * size.max(SMALLEST_NORMAL), "{line}: {got:e}, not {golden:e}");
        }
    }
    assert!(text.lines().count() > 500);
}

fn sized(gradients: Vec<RowGradient>) -> Vec<(f64, f64)> {
    gradients.into_iter().map(|gradient| (gradient.value, gradient.size)).collect()
}
