//! Formulas to check a backend with.

use proptest::prelude::*;
use wgpu_activations::{Error, Expression, Formula, FormulaError};

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
