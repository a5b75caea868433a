//! Formulas to check a backend with.

use proptest::prelude::*;
use wgpu_activations::{Error, Exact, Expression, Formula, FormulaError};

/// A line each.
pub(crate) const TEXTS: &str = include_str!("../data/formulas.txt");

/// The formula, and the gradients by all of its operands, where it has them.
pub(crate) fn with_gradients(formula: &Formula) -> Vec<Formula> {
    match formula.gradients() {
        Ok(gradients) => [vec![formula.clone()], gradients].concat(),
        Err(Error::Formula(FormulaError::NoDerivative { .. } | FormulaError::NameTwice { .. })) => {
            vec![formula.clone()]
        }
        Err(error) => panic!("{formula}: {error}"),
    }
}

/// `own_cubic(x, k, n)`: k n x^3, in WGSL, of which k is learned, with all second derivatives that there may be.
pub(crate) fn define_own() {
    let wgsl = "
        // needs: scale
        fn act_own_cubic(x: f32, k: f32, n: f32) -> f32 { return k * n * x * x * x; }
        fn act_own_cubic_backward(x: f32, dy: f32, k: f32, n: f32) -> f32 { return math_scale(dy, 3.0 * k * n * x * x); }
        fn act_own_cubic_backward_k(x: f32, dy: f32, k: f32, n: f32) -> f32 { return math_scale(dy, n * x * x * x); }
        fn act_own_cubic_second(x: f32, dy: f32, k: f32, n: f32) -> f32 { return math_scale(dy, 6.0 * k * n * x); }
        fn act_own_cubic_second_k(x: f32, dy: f32, k: f32, n: f32) -> f32 { return math_scale(dy, 3.0 * n * x * x); }";
    let cubic = |p: &[f64], points: &[f64], results: &mut [Exact]| {
        let [k, n] = *p else { panic!("{p:?}") };
        for (&x, result) in points.iter().zip(results) {
            *result = Exact { value: k * n * x * x * x, derivative: 3.0 * k * n * x * x };
        }
    };
    Formula::wgsl_function("own_cubic", wgsl, cubic)
        .learnable("k", 1.0, |x, p| p[1] * x * x * x)
        .parameter("n", None)
        .second(|x, p| 6.0 * p[0] * p[1] * x)
        .mixed("k", |x, p| 3.0 * p[1] * x * x)
        .define()
        .unwrap();
}

/// Formulas of [`define_own`]'s function: with numbers, with a parameter, and with what is learned, alone and among others.
pub(crate) const OWN: [&str; 4] = [
    "own_cubic(x, 3, 2)",
    "own_cubic(x, k, n=0.5) * g with k = 2",
    "own_cubic(x, k[c], 2)",
    "own_cubic(x + b[c], k[c], 0.5) * g",
];

/// A formula, its gradients, and theirs.
pub(crate) fn twice_derived(formula: &Formula) -> Vec<Formula> {
    with_gradients(formula).iter().flat_map(with_gradients).collect()
}

/// Of any operands and functions, some without an operand that has an element each.
pub(crate) fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["x", "z"]).prop_map(Expression::operand),
        Just(()).prop_map(|()| Expression::channels("b", 'c')),
        Just(()).prop_map(|()| Expression::single("w")),
        prop::sample::select(vec![0.5f32, 2.0, 0.1, -3.0]).prop_map(Expression::number),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let functions =
            ["sigmoid", "tanh", "silu", "gelu_erf", "softsign", "relu", "mish", "gelu_tanh", "snake"];
        let functions = prop::sample::select(functions.to_vec());
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a + b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a * b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a / (1.0 + b.power(2))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.max(b)),
            (functions, inner).prop_map(|(name, a)| Expression::call(name, &[a])),
        ]
    })
}
