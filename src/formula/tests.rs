//! Formulas as values: parsing, writing, derivatives. On the GPU: `tests/gpu/formula.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;

use crate::formula::node::{MAX_NODES, MAX_OPERANDS};
use crate::formula::parse::MAX_NESTING;
use crate::{Activation, Error, Expression, Formula, FormulaError, Gate, Kind, RowFunction, WgslFunction};

fn parsed(text: &str) -> Formula {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> FormulaError {
    match text.parse::<Formula>() {
        Err(Error::Formula(error)) => error,
        other => panic!("{text}: {other:?}"),
    }
}

/// Formulas that networks have, and some that they do not: one a line.
pub(crate) fn formulas() -> impl Iterator<Item = &'static str> {
    include_str!("../../tests/data/formulas.txt").lines()
}

#[test]
fn every_dropout_has_a_draw_of_its_own_but_for_clones() {
    let [x, z] = ["x", "z"].map(|name| Expression::operand(name).dropout(0.5));
    assert_eq!((x.clone() + z).formula().unwrap(), parsed("dropout(x, 0.5) + dropout(z, 0.5)"));
    assert_eq!((x.clone() * x).formula().unwrap(), parsed("d * d where d = dropout(x, 0.5)"));
    Formula::function("test_noisy", "dropout(x, 0.5)").unwrap();
    let both = parsed("dropout(x, 0.5) + dropout(z, 0.5)");
    assert_eq!(parsed("test_noisy(x) + test_noisy(z)"), both);
    let [x, z] = ["x", "z"].map(|name| Expression::call("test_noisy", &[Expression::operand(name)]));
    assert_eq!((x + z).formula().unwrap(), both);
}

#[test]
fn what_is_written_is_what_was_parsed() {
    for text in formulas() {
        let formula = parsed(text);
        assert_eq!(parsed(&formula.to_string()), formula, "{text} as {formula}");
    }
    let same = [
        "x * sigmoid(x)",
        " x*s ( x )",
        "(((x)) * Sigmoid(x))",
        "x * t where t = sigmoid(x)",
        "y = x * s(x)",
    ];
    for text in same {
        assert_eq!(parsed(text).to_string(), "x * sigmoid(x)");
    }
    assert_eq!(parsed("a - (b - c) - d / (e / f)").to_string(), "a - (b - c) - d / (e / f)");
    assert_eq!(parsed("-(a + b) * -c^2").to_string(), "-(a + b) * -(c * c)");
    assert_eq!(parsed("2 * 3 + x * 1").to_string(), "6 + x");
}

#[test]
fn a_condition_may_have_parentheses() {
    for (text, same) in [
        ("(x > 0) ? x : 0", "x > 0 ? x : 0"),
        ("((0 < x <= 6)) ? (x) : -x", "0 < x <= 6 ? x : -x"),
        ("1 + ((x > 0) ? ((z < 1) ? x : z) : 0)", "1 + (x > 0 ? (z < 1 ? x : z) : 0)"),
        ("relu((x > 0)) + ((x > 0) < 1)", "relu(x > 0 ? 1 : 0) + ((x > 0 ? 1 : 0) < 1)"),
        ("(x > 0)", "x > 0 ? 1 : 0"),
    ] {
        let formula = parsed(text);
        assert_eq!(formula, parsed(same), "{text}");
        assert_eq!(parsed(&formula.to_string()), formula, "{text} as {formula}");
    }
    for text in ["(x) ? 1 : 0", "(x > 0) + z ? 1 : 0", "-(x > 0) ? 1 : 0", "relu(x > 0) ? 1 : 0"] {
        let FormulaError::Syntax { expected, .. } = refused(text) else { panic!("{text}") };
        assert_eq!(expected, "a comparison before ?", "{text}");
    }
}

/// By products and a square root: nothing that loses digits stands for a power.
#[test]
fn powers_are_of_whole_numbers_and_halves() {
    assert_eq!(parsed("x^0.5").to_string(), "sqrt(x)");
    assert_eq!(parsed("x^(1/2)"), parsed("sqrt(x)"));
    assert_eq!(parsed("x^-0.5").to_string(), "rsqrt(x)");
    assert_eq!(parsed("x^1.5").to_string(), "x * sqrt(x)");
    assert_eq!(parsed("x^-2.5").to_string(), "1 / (x * x * sqrt(x))");
    assert_eq!(parsed("2^0.5 * x"), parsed("1.41421356 * x"));
    for exponent in [-64.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 7.0, 63.5, 64.0] {
        let power = parsed(&format!("x^{exponent}"));
        for x in [0.3, 1.0, 1.7] {
            let (got, exact) = (power.exact(&[x])[0], x.powf(exponent));
            assert!((got / exact - 1.0).abs() < 1e-13, "{x}^{exponent}: {got} and {exact}");
        }
    }
    assert!(parsed("x^0.5").exact(&[-1.0])[0].is_nan());
    assert_eq!(parsed("x^1.5").backward(&["x"]).unwrap()[0].to_string(), "dx = chain(dy, 1.5 * sqrt(x))");
    assert!(matches!(refused("(-1)^0.5"), FormulaError::NotFinite { .. }));
    let advice = refused("x^0.3").to_string();
    assert!(advice.contains("multiple of 1/2") && advice.contains("exp(0.3 * log(x))"), "{advice}");
    let advice = refused("x^p").to_string();
    assert!(advice.contains("exp(p * log(x))") && advice.contains("character 2"), "{advice}");
}

#[test]
fn a_builder_makes_the_same_values() {
    let [x, y] = ["x", "z"].map(Expression::operand);
    let (scale, bias) = (Expression::single("w"), Expression::channels("bias", 'c'));
    let sum = 2.0 * x.clone() - (y / scale + bias).activation(Activation::SILU);
    assert_eq!(sum.formula().unwrap(), parsed("2 * x - silu(z / w[] + bias[c])"));
    let clamped = x.clone().max(-1.0).min(1.0) * Expression::parameter("k", 2.0);
    assert_eq!(clamped.formula().unwrap(), parsed("min(max(x, -1), 1) * k with k = 2"));
    let swish = Expression::call("swish", &[x.clone(), 2.0.into()]);
    assert_eq!((-swish).power(3).named("x").unwrap(), parsed("x = (-swish(x, 2))^3"));
    let leaky = x.clone().if_above(0.0, x.clone(), 0.1 * x.clone());
    assert_eq!(leaky.formula().unwrap(), parsed("x > 0 ? x : 0.1 * x"));
    assert!(matches!(Expression::operand("2x").formula(), Err(Error::Formula(FormulaError::Name { .. }))));
    assert!(matches!((x * f32::NAN).formula(), Err(Error::Formula(FormulaError::NotFinite { .. }))));
}

#[test]
fn an_infinite_parameter_is_a_number_of_functions_alone() {
    let half: Activation = "hardtanh(min_value=-inf, max_value=1)".parse().unwrap();
    let formula = half.formula().unwrap();
    assert_eq!(formula.to_string(), "hardtanh(x, -inf, 1)");
    assert_eq!(formula, parsed("hardtanh(x, max_value=1, min_value=-inf)"));
    assert_eq!(formula, Expression::operand("x").activation(half).formula().unwrap());
    assert_eq!(formula.exact(&[-1e30]), [-1e30]);
    assert_eq!(parsed("celu(-3, inf) + threshold(x, 1, 2)").exact(&[0.0]), [-1.0]);
    for kind in Kind::ALL {
        for sample in kind.samples() {
            let formula = sample.formula().unwrap();
            assert_eq!(parsed(&formula.to_string()), formula);
            let exact = sample.exact(0.75).value;
            assert_eq!(formula.exact(&[0.75])[0].to_bits(), exact.to_bits(), "{sample}");
        }
    }
    for text in ["x + inf", "-inf", "inf", "min(x, inf)", "relu(inf)", "x > inf ? x : 0", "x with k = inf"] {
        assert!(text.parse::<Formula>().is_err(), "{text}");
    }
    assert!(matches!(refused("relu(x) * inf"), FormulaError::NotFinite { .. }));
    assert!(matches!("softplus(x, inf)".parse::<Formula>(), Err(Error::InvalidParameter { .. })));
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let at = |text: &str| match refused(text) {
        FormulaError::Syntax { at, .. } | FormulaError::UnknownFunction { at, .. } => at,
        other => panic!("{text}: {other}"),
    };
    assert_eq!(at("x + * y"), 4);
    assert_eq!(at("x + "), 4);
    assert_eq!(at("x $ y"), 2);
    assert_eq!(at("(x + 1"), 6);
    assert_eq!(at("x y"), 2);
    assert_eq!(at("ä + 1"), 0);
    assert_eq!(at("ö"), 0);
    assert_eq!(at("1 + relo(x)"), 4);
    assert_eq!(at("x[cc]"), 2);
    assert_eq!(at("x ? 1 : 0"), 2);
    assert_eq!(at("x with k = y"), 11);
    assert_eq!(at("a = x; x + 1"), 0);
    let FormulaError::UnknownFunction { nearest, .. } = refused("sigmoud(x)") else { panic!() };
    assert_eq!(nearest, "sigmoid");
    assert!(matches!("gelu(x)".parse::<Formula>(), Err(Error::AmbiguousActivation { .. })));
    assert!(matches!(
        "leaky_relu(x, 0.1, 3)".parse::<Formula>(),
        Err(Error::Formula(FormulaError::Arguments { .. }))
    ));
    assert!(matches!("celu(x, 0)".parse::<Formula>(), Err(Error::InvalidParameter { .. })));
}

/// Errors that have a place only in a text: there it is the innermost one.
#[test]
fn a_name_or_a_number_is_shown_where_it_is_wrong() {
    for (text, shown) in [
        ("x * (max + 1)", "\"max\" (character 5) cannot be a name of yours"),
        ("relu = x", "\"relu\" (character 0) cannot be"),
        ("x where where = 1", "\"where\" (character 8) cannot be"),
        ("x * k with k = 1, silu = 2", "\"silu\" (character 18) cannot be"),
        ("x + relu(x[c])", "\"x\" (character 9) is written in two ways"),
        ("a where a = x, a = z", "\"a\" (character 15) is the name of two things"),
        ("x * k with k = 1, k = 2", "\"k\" (character 18) is the name of two things"),
        ("x * k[c] with k = 1", "\"k\" (character 4) is the name of two things"),
        ("a = x; b = z; a = x + a", "\"a\" (character 14) is the name of two things"),
        ("z = x * b[c]; b = x", "\"b\" (character 14) is the name of two things"),
        ("dropout(x, 0.5) + seed", "\"seed\" (character 18) is the name of two things"),
        ("1 + (x + 2)^0.3", "x^0.3 (character 12): an exponent must be"),
        ("x^-(1/3)", "x^-0.33333334 (character 2): an exponent must be"),
        ("1 + rrelu(x, 0.1, u)", "rrelu (character 4): upper must be a number"),
        ("dropout(x, z)", "dropout (character 0): p must be a number"),
    ] {
        let error = refused(text).to_string();
        assert!(error.starts_with(shown), "{text}: {error}");
    }
    // Without a text, without a place.
    let error = Expression::operand("2x").formula().map_err(|error| error.to_string()).unwrap_err();
    assert!(error.starts_with("\"2x\" cannot be a name of yours"), "{error}");
}

/// What is written, and where.
#[test]
fn a_number_that_is_none_is_shown() {
    for (text, message) in [
        ("x * 1e5000", "1e5000 (character 4): inf is not a finite f32"),
        ("x * k with k = -1e39", "1e39 (character 16): inf is not a finite f32"),
        ("relu(max(x , -inf) )", "max(x , -inf) (character 5): -inf is not a finite f32"),
        ("x * (1 / 0) + 1", "1 / 0 (character 5): inf is not a finite f32"),
        ("x + (-1)^0.5", "(-1)^0.5 (character 4): NaN is not a finite f32"),
        ("x > inf ? x : 0", "x > inf ? x : 0 (character 0): inf is not a finite f32"),
        ("x + exp(1e3)", "exp(1e3) (character 4): inf is not a finite f32"),
        ("z = -inf", "z: -inf is not a finite f32"),
    ] {
        assert_eq!(refused(text).to_string(), message, "{text}");
    }
    let given = parsed("k * x with k = 1").with("k", f32::NAN).map_err(|error| error.to_string());
    assert_eq!(given, Err("k: NaN is not a finite f32".to_owned()));
}

#[test]
fn what_is_called_otherwise_is_told_how() {
    for (text, message) in [
        ("relu(x", "cannot read \"relu(x\": expected \",\" or \")\" at character 6, where it ends"),
        ("exp(x, 2)", "exp (character 0) takes 1 argument, but was given 2"),
        ("1 + min(x)", "min (character 4) takes 2 arguments or more, but was given 1"),
        ("chain(x, z, x)", "chain (character 0) takes 2 arguments, but was given 3"),
        ("silu_backward(x)", "silu_backward (character 0) takes 2 arguments, but was given 1"),
        ("dropout(x)", "dropout (character 0) takes 2 arguments, a value and a probability, but was given 1"),
        (
            "leaky_relu(x, 1, 2)",
            "leaky_relu (character 0) takes 1 argument, then at most negative_slope, each once, but was given 3",
        ),
        (
            "leaky_relu(x, slope=0.2)",
            "leaky_relu (character 0) has no parameter \"slope\"; its parameters are [\"negative_slope\"]",
        ),
        ("relu(max(a=x, b=z))", "max (character 5) has no parameter \"a\""),
        (
            "1 + softmax(x)",
            "no function in a formula is called \"softmax\" (character 4): it takes whole rows, and is a step of its own before or after that of a formula",
        ),
        (
            "swiglu(x)",
            "no function in a formula is called \"swiglu\" (character 0): it is a gate, which of a value v and a gate g is v * silu(g)",
        ),
        (
            "pow(x, 2)",
            "no function in a formula is called \"pow\" (character 0): it is written with signs, as in x ^ 2",
        ),
    ] {
        assert_eq!(refused(text).to_string(), message, "{text}");
    }
    for rows in RowFunction::NAMED {
        assert!(matches!(refused(&format!("{}(x)", rows.name)), FormulaError::NoFunction { .. }));
    }
    for gate in Gate::NAMED {
        assert!(matches!(refused(&format!("{}(x)", gate.name)), FormulaError::NoFunction { .. }));
    }
    let unknown = parsed("k * x with k = 1").with("j", 2.0).map_err(|error| error.to_string());
    let message = "the formula has no parameter \"j\"; its parameters are [\"k\"]";
    assert_eq!(unknown, Err(message.to_owned()));
}

/// But for s, which is a function only where it is called: formulas of networks have scales of this name.
#[test]
fn the_name_of_a_function_is_no_operands() {
    let own = ["min", "max", "chain", "dropout", "keep"];
    let derivatives = ["silu_backward", "swish_backward_beta", "silu_second", "swish_second_beta"];
    for name in own.into_iter().chain(derivatives).chain(["relu", "where"]) {
        for text in [format!("{name} + x"), format!("{name} = x"), format!("u * x with {name} = 1")] {
            assert!(text.parse::<Formula>().is_err(), "{text}");
        }
        let defined = Formula::function(name, "x * 2");
        assert!(matches!(defined, Err(Error::Formula(FormulaError::Name { .. }))), "{name}: {defined:?}");
    }
    assert!(matches!(Formula::function("s", "x * 2"), Err(Error::Formula(FormulaError::Name { .. }))));
    // Derivatives of 0, and those that no function has, are no functions.
    assert_eq!(parsed("s * s(x) + relu_second + x_backward").operands().len(), 4);
}

#[test]
fn what_contradicts_itself_is_refused() {
    use FormulaError as E;
    assert!(matches!(refused("x * x[c]"), E::TwoViews { .. }));
    assert!(matches!(refused("x * y"), E::ResultIsOperand { .. }));
    assert!(matches!(refused("k * k[] with k = 1"), E::NameTwice { .. }));
    assert!(matches!(refused("a where a = x, a = y"), E::NameTwice { .. }));
    assert!(matches!(refused("a = x; a = z"), E::NameTwice { .. }));
    assert!(matches!(refused("relu = x"), E::Name { .. }));
    assert!(matches!(refused("db[c] = dy; dx = dy"), E::SumBeside { .. }));
    assert!(matches!(refused("a[c] = dy; b[c] = dy"), E::SumBeside { .. }));
    assert!(matches!(refused("db[c] = b[c]"), E::SumOfNothing { .. }));
    assert!(matches!(refused("x^2.3"), E::Exponent { .. }));
    assert!(matches!(refused("x^p"), E::Syntax { .. }));
    assert!(matches!(refused("x^65"), E::Exponent { .. }));
    assert!(matches!(refused("1e39 * x"), E::NotFinite { .. }));
    assert!(matches!(refused("x * (1 / 0)"), E::NotFinite { .. }));
    assert!(matches!(refused("rrelu(x, 0.1, u)"), E::Parameter { .. }));
    assert!(matches!(parsed("x + z").backward(&["w"]), Err(Error::Formula(E::UnknownOperand { .. }))));
    assert!(matches!(parsed("x + dy").backward(&["x"]), Err(Error::Formula(E::NameTwice { .. }))));
    let third = parsed("silu_second(x, z)").backward(&["x"]);
    assert!(matches!(third, Err(Error::Formula(E::NoDerivative { .. }))), "{third:?}");
    let message = "silu has no derivative by its input twice and its input, so the formula has none by \"x\"";
    assert_eq!(third.unwrap_err().to_string(), message);
    let second_of_two =
        parsed("x * prelu_backward_weight(z, g, w[])").backward(&["x", "z", "w"]).unwrap_err();
    let message = "prelu has no derivative by weight and weight, so the formula has none by \"w\"";
    assert_eq!(second_of_two.to_string(), message);
    let by_both = parsed("prelu(x, w[])").backward(&["w"]).unwrap()[0].backward(&["w"]).unwrap_err();
    let message = "prelu has no derivative by weight and weight, so the formula has none by \"w\"";
    assert_eq!(by_both.to_string(), message);
}

#[test]
fn what_is_fused_is_one_formula() {
    let layer = parsed("k * gelu_erf(x + b[c]) * g with k = 2");
    let [elementwise, db] = &layer.backward(&["x", "g", "b"]).unwrap()[..] else { panic!() };
    let both = elementwise.fuse(db).unwrap();
    assert_eq!(both.results().collect::<Vec<_>>(), ["dx", "dg", "db[c]"]);
    assert_eq!(parsed(&both.to_string()), both);
    // By the bias as by x: computed once.
    assert_eq!(both.outputs[0].node, both.outputs[2].node);
    let point = [0.5, 0.25, -1.0, 3.0];
    let [one, sum] = [elementwise, db].map(|formula| formula.exact(&point));
    assert_eq!(both.exact(&point), [one, sum].concat());
    let refused = |one: &str, other: &str| match parsed(one).fuse(&parsed(other)) {
        Err(Error::Formula(error)) => error,
        other => panic!("{other:?}"),
    };
    use FormulaError as E;
    assert!(matches!(refused("x = x * 2", "y = x"), E::NameTwice { name, .. } if name == "x"));
    assert!(matches!(refused("y = x", "x = z"), E::NameTwice { name, .. } if name == "x"));
    assert!(matches!(refused("y = x", "y = z"), E::NameTwice { name, .. } if name == "y"));
    assert!(
        matches!(refused("y = k * x with k = 1", "z = k * x with k = 2"), E::NameTwice { name, .. } if name == "k")
    );
    assert!(matches!(refused("y = x", "z = u + x[c]"), E::TwoViews { name, .. } if name == "x"));
    assert!(matches!(refused("a[c] = x", "y = x"), E::SumBeside { name } if name == "a"));
    assert!(matches!(refused("a[c] = x", "b[c] = x"), E::SumBeside { .. }));
}

/// Whatever the text, no stack overflows and no time is lost.
#[test]
fn a_formula_has_a_largest_size() {
    let nested = |levels: usize| format!("{}x{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(parsed(&nested(MAX_NESTING - 1)), parsed("x"));
    assert!(matches!(refused(&nested(100_000)), FormulaError::TooLarge { .. }));
    assert!(matches!(refused(&"relu(".repeat(100_000)), FormulaError::TooLarge { .. }));
    assert_eq!(parsed(&format!("{}x", "-".repeat(100_000))), parsed("x"));
    let chain = |terms: usize| (0..terms).map(|term| format!(" + {term} * x")).collect::<String>();
    let long = parsed(&format!("x{}", chain(150)));
    assert_eq!(parsed(&long.to_string()), long);
    assert!(matches!(refused(&format!("x{}", chain(MAX_NODES))), FormulaError::TooLarge { .. }));
    assert!(matches!(
        refused(&"x + ".repeat(1_000_000)),
        FormulaError::TooLarge { .. } | FormulaError::Syntax { .. }
    ));
    let many: Vec<String> = (0..MAX_OPERANDS).map(|index| format!("x{index}")).collect();
    let count = MAX_OPERANDS + 1;
    let message = format!("the formula has {count} operands and results: there may be {MAX_OPERANDS}");
    assert_eq!(refused(&many.join(" + ")).to_string(), message);
    assert_eq!(
        refused(&nested(100)).to_string(),
        "the formula has too many levels of nesting: there may be 64"
    );
    assert!(matches!(refused("x + a[a] + b[b] + c[c] + d[d] + e[e]"), FormulaError::TooLarge { .. }));
    // Each definition uses the one before twice: as a tree, 2^40 nodes.
    let doubled: String =
        (1..40).map(|index| format!(", t{index} = t{} + t{} * x", index - 1, index - 1)).collect();
    let shared = parsed(&format!("t39 where t0 = x{doubled}"));
    assert_eq!(parsed(&shared.to_string()), shared);
}

#[test]
fn gradients_are_those_of_a_textbook() {
    let gradients = |text: &str, by: &[&str]| -> Vec<String> {
        parsed(text).backward(by).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        gradients("relu(x + b[c]) * g", &["x", "b", "g"]),
        [
            "dx = relu_backward(t1, chain(dy, g)); dg = chain(dy, relu(t1)) where t1 = x + b[c]",
            "db[c] = relu_backward(x + b[c], chain(dy, g))",
        ]
    );
    assert_eq!(
        gradients("x * k + z * w[] with k = 3", &["x", "w"]),
        ["dx = chain(dy, k) with k = 3.0", "dw[] = chain(dy, z)"]
    );
    assert_eq!(gradients("x - z", &["z"]), ["dz = -dy"]);
    assert_eq!(gradients("x - z", &["x"]), ["dx = dy"]);
    assert_eq!(gradients("swish(x, b[c])", &["b"]), ["db[c] = swish_backward_beta(x, dy, b[c])"]);
    // The gradient of a sum goes to all that were summed.
    assert_eq!(gradients("m[c] = x * z", &["x"]), ["dx = chain(dm[c], z)"]);
    // Of what does not matter.
    assert_eq!(gradients("x > z ? 1 : 2", &["z"]), ["dz = chain(dy, 0)"]);
    assert_eq!(gradients("x > b[c] ? 1 : 2", &["b"]), ["db[c] = chain(dy, 0)"]);
}

/// The first operand's gradient, of these operands; what else it reads is 1.
fn first_gradient(text: &str, values: &[f64]) -> f64 {
    let formula = parsed(text);
    let operands: Vec<String> = formula.operands().chain(["dy".to_owned()]).collect();
    let gradient = formula.gradients().unwrap().swap_remove(0);
    gradient.exact(&arguments(&gradient, &operands, values))[0]
}

/// Where the parts of a power have derivatives that are infinite, or 0.
#[test]
fn powers_have_their_gradients_at_the_ends() {
    for exponent in [1.5, 2.5, 3.5, 63.5] {
        assert_eq!(first_gradient(&format!("x^{exponent}"), &[0.0, 1.0]), 0.0, "{exponent}");
        let at_4 = first_gradient(&format!("x^{exponent}"), &[4.0, 1.0]);
        assert_eq!(at_4, exponent * 4f64.powf(exponent - 1.0), "{exponent}");
    }
    for exponent in [-1.0, -1.5, -2.0, -2.5, -4.0, -63.5] {
        assert_eq!(first_gradient(&format!("x^{exponent}"), &[f64::INFINITY, 1.0]), 0.0, "{exponent}");
        let at_4 = first_gradient(&format!("x^{exponent}"), &[4.0, 1.0]);
        assert!((at_4 / (exponent * 4f64.powf(exponent - 1.0)) - 1.0).abs() < 1e-13, "{exponent}");
    }
    assert_eq!(first_gradient("(x * z)^1.5", &[0.0, 3.0, 1.0]), 0.0);
    assert_eq!(first_gradient("sqrt(x) * x", &[0.0, 1.0]), 0.0);
    assert_eq!(first_gradient("x / x^2", &[2.0, 1.0]), -0.25);
    // What only looks like one.
    assert_eq!(first_gradient("x * sqrt(z)", &[3.0, 4.0, 1.0]), 2.0);
    let tangent = parsed("z / x^2").forward_mode(&["x", "z"]).unwrap();
    let at: Vec<String> = ["x", "z", "tx", "tz"].map(str::to_owned).to_vec();
    assert_eq!(tangent.exact(&arguments(&tangent, &at, &[2.0, 3.0, 1.0, 0.0]))[1], -0.75);
    let tangent = parsed("x^1.5").forward_mode(&["x"]).unwrap();
    assert_eq!(tangent.exact(&arguments(&tangent, &at, &[4.0, 0.0, 1.0]))[1], 3.0);
}

#[test]
fn an_infinite_divisor_stops_what_arrives() {
    assert_eq!(parsed("x / z").backward(&["x"]).unwrap()[0].to_string(), "dx = over(dy, z)");
    assert_eq!(parsed("x / 3").backward(&["x"]).unwrap()[0].to_string(), "dx = dy / 3");
    for dy in [1.0, f64::INFINITY, f64::NAN] {
        assert_eq!(first_gradient("x / z", &[1.0, f64::INFINITY, dy]), 0.0);
    }
    assert_eq!(first_gradient("x / z", &[1.0, 4.0, 2.0]), 0.5);
    assert!(first_gradient("x / z", &[1.0, f64::NAN, 1.0]).is_nan());
    assert_eq!(first_gradient("over(x, z)", &[1.0, 4.0, 2.0]), 0.5);
    assert!(matches!(refused("over(x, z, 2)"), FormulaError::Arguments { .. }));
}

/// Whatever its derivative is there.
#[test]
fn a_side_that_is_not_chosen_passes_nothing_on() {
    let dead = [
        ("x > 0 ? log(x) : 0", 0.0),
        ("x > 0 ? log(x) : 0", -1.0),
        ("x <= 0 ? 0 : sqrt(x) / x + 1", 0.0),
        ("x > 0 ? (x > 1 ? log(x) : sqrt(x)) : 0", 0.0),
        ("x > 0 ? (x > 1 ? log(x) : sqrt(x)) : 0", -1.0),
        ("max(log(x), -100)", 0.0),
        ("min(rsqrt(x), 1e6)", 0.0),
        ("x > 0 ? t + t * t : 0 where t = log(x)", 0.0),
    ];
    for (text, x) in dead {
        assert_eq!(first_gradient(text, &[x, f64::INFINITY]), 0.0, "{text} at {x}");
    }
    assert_eq!(first_gradient("x > 0 ? log(x) : 0", &[2.0, 3.0]), 1.5);
    assert_eq!(first_gradient("x > 0 ? (x > 1 ? log(x) : sqrt(x)) : 0", &[0.25, 1.0]), 1.0);
    assert_eq!(first_gradient("max(log(x), x - 1)", &[1.0, 3.0]), 3.0);
    assert!(first_gradient("x > 0 ? log(x) : 0", &[f64::NAN, 1.0]).is_nan());
    // Both need the logarithm.
    assert_eq!(first_gradient("(x > 1 ? 2 * t : 3 * t) + t where t = log(x)", &[2.0, 1.0]), 1.5);
    assert_eq!(first_gradient("x > 1 ? t : t where t = log(x)", &[2.0, 1.0]), 0.5);
}

#[test]
fn a_parameter_that_is_nan_shows() {
    for text in ["swish(x, z)", "snake(x, z)", "swish(x, exp(z))", "snake(x, w[])"] {
        let formula = parsed(text);
        let all = std::iter::once(formula.clone()).chain(formula.gradients().unwrap());
        for formula in all.chain(formula.forward_mode(&["x"])) {
            let values =
                formula.operand_names().map(|name| if matches!(name, "z" | "w") { f64::NAN } else { 0.5 });
            let results = formula.exact(&values.collect::<Vec<_>>());
            assert!(results.iter().all(|result| result.is_nan()), "{formula}: {results:?}");
        }
    }
    // A slope is one where it counts.
    let prelu = parsed("prelu(x, z)");
    assert!(prelu.exact(&[-0.5, f64::NAN])[0].is_nan());
    assert_eq!(prelu.exact(&[0.5, f64::NAN]), [0.5]);
}

#[test]
fn second_derivatives_are_those_of_a_textbook() {
    let twice = |text: &str, first: &str, second: &[&str]| -> Vec<String> {
        let first = parsed(text).backward(&[first]).unwrap().swap_remove(0);
        first.backward(second).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        twice("silu(x)", "x", &["x", "dy"]),
        ["dx = chain(ddx, silu_second(x, dy)); ddy = silu_backward(x, ddx)"]
    );
    // 0 between kinks: nothing goes on.
    assert_eq!(twice("relu(x)", "x", &["x", "dy"]), ["dx = chain(ddx, 0); ddy = relu_backward(x, ddx)"]);
    assert_eq!(twice("prelu(x, w[])", "x", &["w"]), ["dw[] = chain(ddx, prelu_second_weight(x, dy, w[]))"]);
    assert_eq!(twice("prelu(x, w[c])", "x", &["x"]), ["dx = chain(ddx, 0)"]);
    assert_eq!(twice("x * z", "x", &["z"]), ["dz = chain(ddx, dy)"]);
    assert_eq!(parsed("silu_second(x, dy)").exact(&[0.0, 3.0]), [1.5]);
    assert_eq!(parsed("prelu_second_weight(x, dy, 0.5)").exact(&[-1.0, 3.0]), [3.0]);
    let FormulaError::UnknownFunction { nearest, .. } = refused("relu_second(x, dy)") else { panic!() };
    assert_eq!(nearest, "relu_squared");
}

#[test]
fn the_backward_of_the_backward_is_that_of_the_table() {
    let (x, dy, ddx) = (0.75, 3.0, -2.0);
    for activation in Kind::ALL.iter().flat_map(|kind| kind.samples()) {
        let Ok(double) = activation.double_backward() else {
            assert!(activation.parameters().iter().any(|it| it.is_infinite()), "{activation}");
            continue;
        };
        let second = activation.exact_second(None, x).unwrap();
        let of = |name: &str| match name {
            "x" => x,
            "dy" => dy,
            "ddx" => ddx,
            other => panic!("{other}"),
        };
        let got = double.exact(&double.operand_names().map(of).collect::<Vec<_>>());
        let exact = [second * dy * ddx, activation.exact(x).derivative * ddx];
        let right = got.iter().zip(exact).all(|(got, exact)| {
            (got - exact).abs() <= 1e-14 * exact.abs() || (got.is_nan() && exact.is_nan())
        });
        assert!(right, "{activation}: {got:?}, {exact:?}");
    }
}

/// All the mixed terms of gates, against differences of their gradients.
#[test]
fn the_backward_of_a_gates_backward_is_that_of_differences() {
    let further =
        ["swiglu_step(limit=0.5)", "clamped_swiglu(limit=1.2)", "situ_glu(gate_cap=1, value_cap=inf)"];
    let further = further.map(|text| text.parse::<Gate>().unwrap());
    for gate in Gate::NAMED.iter().map(|named| named.gate).chain(further) {
        let double = gate.double_backward().unwrap();
        let operands: Vec<String> = double.operands().collect();
        for (value, at) in [(0.4, 0.7), (-1.5, -0.8), (0.3, 2.5)] {
            let (dy, ddvalue, ddgate) = (1.5, -0.5, 2.0);
            let of = |name: &String| match name.as_str() {
                "value" => value,
                "gate" => at,
                "dy" => dy,
                "ddvalue" => ddvalue,
                "ddgate" => ddgate,
                other => panic!("{other}"),
            };
            let got = double.exact(&operands.iter().map(of).collect::<Vec<_>>());
            // What arrives, times the gradients: the sum that dvalue, dgate and ddy are derivatives of.
            let sum = |value: f64, at: f64, dy: f64| {
                let exact = gate.exact(value, at);
                dy * (exact.d_value * ddvalue + exact.d_gate * ddgate)
            };
            let h = 1e-6;
            let exact = [
                (sum(value + h, at, dy) - sum(value - h, at, dy)) / (2.0 * h),
                (sum(value, at + h, dy) - sum(value, at - h, dy)) / (2.0 * h),
                sum(value, at, 1.0),
            ];
            for (got, exact) in got.iter().zip(exact) {
                assert!(
                    (got - exact).abs() < 1e-8 * (1.0 + exact.abs()),
                    "{gate} at {value}, {at}: {got}, {exact}"
                );
            }
        }
    }
}

#[test]
fn a_program_may_define_functions() {
    Formula::function("test_bump", "x * tanh(k * x) with k = 2").unwrap();
    assert_eq!(parsed("test_bump(a + b)"), parsed("(a + b) * tanh(2 * (a + b))"));
    assert_eq!(parsed("test_bump(x, 3)"), parsed("x * tanh(3 * x)"));
    assert_eq!(parsed("test_bump(x, k=w[])"), parsed("x * tanh(w[] * x)"));
    assert!(matches!(refused("test_bump(x, 1, 2)"), FormulaError::Arguments { .. }));
    assert!(matches!(Formula::function("relu", "x"), Err(Error::Formula(FormulaError::Name { .. }))));
    assert!(Formula::function("test_wrong", "x[c]").is_err());
}

#[test]
fn what_contradicts_itself_in_wgsl_is_refused() {
    use FormulaError as E;
    let of = |parts: &[&str]| -> String {
        parts.iter().map(|part| format!("fn act_test_own{part}(x: f32) -> f32 {{ return x; }}\n")).collect()
    };
    let (value, all) =
        (of(&["", "_backward"]), of(&["", "_backward", "_backward_k", "_second", "_second_k"]));
    let made = |wgsl: &str| Formula::wgsl_function("test_own", wgsl, |_, _, _| ());
    let by = |_: f64, _: &[f64]| 0.0;
    assert_eq!(
        made(&all).learnable("k", 1.0, by).second(by).mixed("k", by).parameter("n", None).define(),
        Ok(())
    );
    assert_eq!(parsed("test_own_backward_k(x, dy, n=1)").to_string(), "test_own_backward_k(x, dy, 1, 1)");
    assert!(matches!("test_own(x)".parse::<Formula>(), Err(Error::MissingParameter { parameter: "n", .. })));
    let refused = |function: WgslFunction| match function.define() {
        Err(Error::Formula(error)) => error,
        other => panic!("{other:?}"),
    };
    let missing = |function: WgslFunction| match refused(function) {
        E::Wgsl { missing, .. } => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(made(&of(&[""]))), "fn act_test_own_backward(");
    assert_eq!(missing(made(&value).learnable("k", 1.0, by)), "fn act_test_own_backward_k(");
    assert_eq!(missing(made(&value).second(by)), "fn act_test_own_second(");
    let without = of(&["", "_backward", "_backward_k"]);
    assert_eq!(missing(made(&without).learnable("k", 1.0, by).mixed("k", by)), "fn act_test_own_second_k(");
    for name in ["k) -> f32 {", "", "2k", "where", "relu", "max"] {
        assert!(matches!(refused(made(&value).parameter(name, 1.0)), E::Name { .. }), "{name}");
    }
    let twice = made(&all).parameter("k", 1.0).learnable("k", 2.0, by);
    assert!(matches!(refused(twice), E::NameTwice { .. }));
    let twice = made(&all).learnable("k", 1.0, by).mixed("k", by).mixed("k", by);
    assert!(matches!(refused(twice), E::NameTwice { .. }));
    assert!(matches!(refused(made(&all).parameter("k", f32::INFINITY)), E::NotFinite { .. }));
    let many = ["a", "b", "c", "d", "e"].into_iter().fold(made(&all), |made, name| made.parameter(name, 1.0));
    assert!(matches!(refused(many), E::TooLarge { actual: Some(5), limit: 4, .. }));
    let unlearned = refused(made(&all).parameter("n", 1.0).learnable("k", 1.0, by).mixed("n", by));
    let message = "what is learned of test_own has no parameter \"n\"; its parameters are [\"k\"]";
    assert_eq!(unlearned.to_string(), message);
    // What has no oracle is no derivative.
    made(&all).learnable("k", 1.0, by).define().unwrap();
    let unknown = self::refused;
    for part in ["second", "second_k"] {
        assert!(matches!(unknown(&format!("test_own_{part}(x, dy)")), E::UnknownFunction { .. }));
    }
}

#[test]
fn forms_that_lose_digits_are_known() {
    let stable = |text: &str| parsed(text).stable().unwrap().0.to_string();
    assert_eq!(stable("1 / (1 + exp(-x))"), "sigmoid(x)");
    assert_eq!(stable("1 / (exp(2 * x) + 1)"), "sigmoid(-(2 * x))");
    assert_eq!(stable("log(1 + exp(x - z))"), "softplus(x - z, 1, 20)");
    assert_eq!(stable("log(x + 1) + (exp(z) - 1)"), "log1p(x) + expm1(z)");
    assert_eq!(stable("1 - tanh(x)^2"), "tanh_backward(x, 1)");
    assert_eq!(stable("x / (1 + abs(x))"), "softsign(x)");
    assert_eq!(stable("x / (1 + exp(-x))"), "silu(x)");
    assert_eq!(stable("-x / (exp(x) + 1)"), "silu(-x)");
    assert_eq!(stable("x / (1 + exp(-z))"), "x / (1 + exp(-z))");
    assert_eq!(stable("exp(x) / (1 + exp(x))"), "sigmoid(x)");
    assert_eq!(stable("exp(x) / (1 + exp(z))"), "exp(x) / (1 + exp(z))");
    assert_eq!(stable("-1 + exp(x)"), "expm1(x)");
    assert_eq!(stable("exp(x) + -1"), "expm1(x)");
    assert_eq!(stable("x * (1 / (1 + exp(-x)))"), "silu(x)");
    assert_eq!(stable("0.5 * x * (1 + erf(x / 1.41421356))"), "gelu_erf(x)");
    assert_eq!(stable("x * 0.5 * (1 + erf(x * 0.70710678))"), "gelu_erf(x)");
    assert_eq!(stable("0.5 * x * (1 + tanh(0.79788456 * (x + 0.044715 * x^3)))"), "gelu_tanh(x)");
    assert_eq!(stable("x * (1 + erf(x / sqrt(2))) / 2"), "gelu_erf(x)");
    assert_eq!(stable("0.5 * x * (1 + tanh(0.7978845608 * x * (1 + 0.044715 * x * x)))"), "gelu_tanh(x)");
    assert_eq!(
        stable("0.5 * x * (1 + tanh(0.7978845608 * x * (1 + 0.044715 * x)))"),
        "0.5 * x * (1 + tanh(0.7978846 * x * (1 + 0.044715 * x)))"
    );
    assert_eq!(stable("x * sigmoid(z)"), "x * sigmoid(z)");
    let (same, replaced) = parsed("x + 1").stable().unwrap();
    assert_eq!((same, replaced), (parsed("x + 1"), Vec::new()));
    // The sigmoid that is part of a silu is not told of, though another one is in the formula.
    let (_, replaced) = parsed("x * (1 / (1 + exp(-x))) + sigmoid(z)").stable().unwrap();
    assert_eq!(replaced.iter().map(|form| form.stable.as_str()).collect::<Vec<_>>(), ["silu(x)"]);
}

/// Text of the grammar, over a few operands: what is generated is always valid.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["x", "z", "b[c]", "w[]"]).prop_map(str::to_owned),
        prop::sample::select(vec!["1", "0.5", "2", "0.1", "3"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let functions = vec!["sigmoid", "tanh", "silu", "gelu_erf", "softsign", "relu", "mish", "gelu_tanh"];
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*"]), inner.clone())
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            (prop::sample::select(functions), inner.clone())
                .prop_map(|(function, a)| format!("{function}({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} / (1 + ({b})^2))")),
            (inner.clone(), inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c, d)| format!("({a} > {b} ? {c} : {d})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("min({a}, {b})")),
        ]
    })
}

/// Values for so many operands, no two alike.
fn spread(operands: &[String], at: [f64; 4]) -> Vec<f64> {
    (0..operands.len()).map(|index| at[index % 4] + 0.01 * index as f64).collect()
}

/// The central difference by this operand, and what its error is measured by. None where two steps disagree, which straddle a kink.
fn difference(formula: &Formula, values: &[f64], index: usize) -> Option<(f64, f64)> {
    let moved = |by: f64| {
        let mut values = values.to_vec();
        values[index] += by;
        formula.exact(&values)[0]
    };
    let slope = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
    let (coarse, fine) = (slope(2e-5), slope(1e-5));
    let size = 1.0 + fine.abs();
    ((coarse - fine).abs() < 1e-7 * size).then_some((fine, size))
}

/// Of a gradient, with 1 arriving: its other operands are among these.
fn arguments(gradient: &Formula, operands: &[String], values: &[f64]) -> Vec<f64> {
    let value =
        |operand: String| operands.iter().position(|other| *other == operand).map(|place| values[place]);
    gradient.operands().map(|operand| value(operand).unwrap_or(1.0)).collect()
}

proptest! {
    /// Noise of the language's own signs and words.
    #[test]
    fn no_text_makes_the_parser_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "x", "bias", "[c]", "[", "]", "[]", "(", ")", "relu(", "min(", "+", "-", "*", "/", "^", "2", "1e9", "0.5",
            ".", "<", ">=", "?", ":", "=", ",", ";", "where", "with", "k = 1", "ß", "\u{0}", "pi", "== ", "swish(x, ",
        ]), 0..40)
    ) {
        for separator in ["", " "] {
            if let Ok(formula) = words.join(separator).parse::<Formula>() {
                prop_assert_eq!(formula.to_string().parse::<Formula>().unwrap(), formula);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = text.parse::<Formula>();
    }

    #[test]
    fn what_is_generated_is_written_as_it_was_parsed(text in expressions()) {
        let formula = parsed(&text);
        prop_assert_eq!(parsed(&formula.to_string()), formula);
    }

    /// Gradients of gradients, likewise.
    #[test]
    fn second_gradients_are_those_of_differences(text in expressions(), at in prop::array::uniform4(-2.0f64..2.0)) {
        let formula = parsed(&text);
        let names: Vec<&str> = formula.operand_names().collect();
        // One result each: an operand that is shared has a sum.
        for first in names.iter().flat_map(|name| formula.backward(&[name]).unwrap()) {
            let operands: Vec<String> = first.operands().collect();
            let values = spread(&operands, at);
            for (index, name) in first.operand_names().enumerate() {
                let second = match first.backward(&[name]) {
                    // By a parameter twice; a sum that depends on no element.
                    Err(Error::Formula(FormulaError::NoDerivative { .. } | FormulaError::SumOfNothing { .. })) => {
                        continue;
                    }
                    second => second.unwrap(),
                };
                let difference = difference(&first, &values, index);
                prop_assume!(difference.is_some());
                let (fine, size) = difference.unwrap();
                let exact = second[0].exact(&arguments(&second[0], &operands, &values))[0];
                prop_assert!((exact - fine).abs() < 1e-5 * size, "{} by {}: {} and {}", first, name, exact, fine);
            }
        }
    }

    /// Gradients against central differences of the formula itself, away from kinks and jumps.
    #[test]
    fn gradients_are_those_of_differences(text in expressions(), at in prop::array::uniform4(-2.0f64..2.0)) {
        let formula = parsed(&text);
        let operands: Vec<String> = formula.operands().collect();
        let values = spread(&operands, at);
        for (index, name) in formula.operand_names().enumerate() {
            let gradient = &formula.backward(&[name]).unwrap()[0];
            let difference = difference(&formula, &values, index);
            prop_assume!(difference.is_some());
            let (fine, size) = difference.unwrap();
            let exact = gradient.exact(&arguments(gradient, &operands, &values))[0];
            prop_assert!((exact - fine).abs() < 1e-5 * size, "{} by {}: {} and {}", formula, name, exact, fine);
            // The tangent of a step by this operand alone is the same.
            let tangent = formula.forward_mode(&[name]).unwrap();
            let along = tangent.exact(&arguments(&tangent, &operands, &values));
            prop_assert_eq!(along[0].to_bits(), formula.exact(&values)[0].to_bits());
            prop_assert!((along[1] - fine).abs() < 1e-5 * size, "{} along {}: {} and {}", formula, name, along[1], fine);
        }
    }
}
