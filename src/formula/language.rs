//! What may stand in a formula, for those who ask: a list to print, each entry of which a test parses.

use crate::formula::Formula;
use crate::formula::names::MAX_NAME;
use crate::formula::node::{MAX_EXPONENT, MAX_NODES, MAX_OPERANDS, MAX_VALUES, MAX_VIEWS};
use crate::formula::parse::MAX_NESTING;

/// Something that may stand in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Construct {
    /// How it is written.
    pub form: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// A formula that has it.
    pub example: &'static str,
}

const fn construct(form: &'static str, meaning: &'static str, example: &'static str) -> Construct {
    Construct { form, meaning, example }
}

const CONSTRUCTS: &[Construct] = &[
    construct("x", "an operand, with an element each", "relu(x)"),
    construct(
        "b[c]",
        "an operand with one value for each channel; the letter stands for a way to see the tensor as (outer, channels, inner), given when binding",
        "x * scale[r] + bias[c]",
    ),
    construct("w[]", "an operand with a single value", "w[] * x"),
    construct("2, .5, 1e-3, pi", "numbers, rounded to f32", "2 * x + .5 - 1e-3 * pi"),
    construct("a + b, a - b, a * b, a / b, -a", "arithmetic", "-(x + 1) * (x - 2) / 3"),
    construct("a ^ 2, a ^ -1.5", "powers of multiples of 1/2: products and a square root", "x^2 + z^-1.5"),
    construct(
        "a < b, a <= b, a > b, a >= b, a == b, a != b",
        "1 where it holds, else 0; several in a row all have to hold",
        "(0 < x <= 6) + (x == z) + (x != z) + (x > z) + (x >= z)",
    ),
    construct("a < b ? c : d", "c where the comparison holds, else d", "x > 0 ? x : 0.1 * x"),
    construct(
        "silu(a), leaky_relu(a, 0.2), celu(a, alpha=2)",
        "any function of the table, with its parameters by place or by name",
        "silu(x) + leaky_relu(x, 0.2) + celu(x, alpha=2) + sqrt(abs(x))",
    ),
    construct(
        "clip(a, 0, inf), celu(a, -inf)",
        "an infinite parameter, where the function has a limit there; inf stands nowhere else",
        "clip(x, 0, inf) + threshold(x, 1, -inf)",
    ),
    construct("s(a)", "sigmoid, as the table's own formulas write it; s alone is an operand", "x * s(x)"),
    construct(
        "silu_backward(a, dy)",
        "the derivative of any function of the table, times dy; exactly 0 where the derivative is",
        "silu_backward(x, dy) + leaky_relu_backward(x, dy, 0.2)",
    ),
    construct(
        "swish_backward_beta(a, dy, beta)",
        "the derivative by a parameter that can be learned, times dy",
        "dbeta[] = swish_backward_beta(x, dy, beta[])",
    ),
    construct("min(a, b, ...), max(a, b, ...)", "the smallest, the largest", "min(max(x, -1, z), 1)"),
    construct("chain(dy, d)", "a product in which a second factor of exactly 0 wins", "dx = chain(dy, z)"),
    construct("over(dy, d)", "a quotient in which an infinite divisor wins: 0", "dx = over(dy, z)"),
    construct(
        "dropout(a, p)",
        "0 with probability p, else a / (1 - p); drawn by the seed that is bound, and the element's number",
        "dropout(x, 0.1)",
    ),
    construct(
        "keep(p, 0)",
        "what dropout multiplies with, by the formula's draw of this number: for its gradients",
        "dx = chain(dy, keep(0.1, 0))",
    ),
    construct(
        "... where u = a, v = b",
        "names for parts; each may use those before it",
        "u * v where u = x + 1, v = u * u",
    ),
    construct(
        "... with k = 1.5, h = -2",
        "parameters and their defaults; another value compiles nothing anew",
        "x * sigmoid(k * x) + h with k = 1.5, h = -2",
    ),
    construct("out = ...", "the name of the result, which is y where none is given", "out = x + 1"),
    construct("x = x + ...", "in place: the result has the name of an operand", "x = x + 0.5 * z"),
    construct("dx = ...; dz = ...", "several results of one kernel", "dx = chain(dy, z); dz = chain(dy, x)"),
    construct("db[c] = ..., dw[] = ...", "a sum over each channel, or over everything", "db[c] = dy"),
];

impl Formula {
    /// What may stand in a formula, beside the functions of the table.
    #[must_use]
    pub fn constructs() -> &'static [Construct] {
        CONSTRUCTS
    }

    /// The most that a formula may have, and of what.
    #[must_use]
    pub fn limits() -> [(&'static str, usize); 7] {
        [
            ("operands and results", MAX_OPERANDS),
            ("letters in brackets, w[] being one", MAX_VIEWS),
            ("parameters and values derived from them", MAX_VALUES),
            ("nodes: operands, numbers, operators and calls, equal ones counted once", MAX_NODES),
            ("levels of nesting", MAX_NESTING),
            ("characters in a name", MAX_NAME),
            ("as an exponent", MAX_EXPONENT as usize),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;
    use crate::formula::names::RESERVED;
    use crate::formula::names::own_names;
    use crate::formula::tokens::SIGNS;

    #[test]
    fn every_example_is_a_formula() {
        for Construct { example, .. } in Formula::constructs() {
            let formula: Formula = example.parse().unwrap_or_else(|error| panic!("{example}: {error}"));
            assert_eq!(formula.to_string().parse(), Ok(formula), "{example}");
        }
    }

    #[test]
    fn every_sign_and_word_of_the_language_is_in_the_list() {
        let forms: String = CONSTRUCTS.iter().map(|construct| construct.form.to_owned() + "\n").collect();
        for word in SIGNS.iter().copied().chain(RESERVED).chain(own_names()) {
            assert!(forms.contains(word), "{word}");
        }
    }
}
