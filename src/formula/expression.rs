//! Formulas put together in Rust: the same values as from text.

use std::collections::HashMap;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, FormulaError};
use crate::formula::node::{Binary, Comparison, Id, Named, Node, Output, Part, View};
use crate::formula::nodes::Nodes;
use crate::formula::{Formula, functions};
use crate::table::Activation;

/// A part of a formula in the making: `+ - * /` with others and with numbers, and methods. What is wrong with one is told when it
/// becomes a [`Formula`].
///
/// ```
/// use wgpu_activations::{Activation, Expression, Formula};
/// let [x, gate] = ["x", "gate"].map(Expression::operand);
/// let layer = (x + Expression::channels("bias", 'c')).activation(Activation::GELU_ERF) * gate;
/// assert_eq!(layer.formula()?, "gelu_erf(x + bias[c]) * gate".parse::<Formula>()?);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Expression(Result<(Nodes, Id), Error>);

impl Expression {
    /// An operand with an element each: `x`.
    #[must_use]
    pub fn operand(name: &str) -> Self {
        Self::made(|nodes| Ok(nodes.operand(name, View::Element)?))
    }

    /// An operand with one value for each channel of the ways to see the tensor that this letter stands for: `bias[c]`.
    #[must_use]
    pub fn channels(name: &str, letter: char) -> Self {
        Self::made(|nodes| match letter.is_ascii_lowercase() {
            true => Ok(nodes.operand(name, View::Channel(letter))?),
            false => Err(FormulaError::name(&letter.to_string()).into()),
        })
    }

    /// A single value in a buffer: `w[]`.
    #[must_use]
    pub fn single(name: &str) -> Self {
        Self::made(|nodes| Ok(nodes.operand(name, View::Single)?))
    }

    /// A parameter of the `with` clause, and its value.
    #[must_use]
    pub fn parameter(name: &str, value: f32) -> Self {
        Self::made(|nodes| Ok(nodes.parameter(name, value)?))
    }

    /// A number.
    #[must_use]
    pub fn number(value: f32) -> Self {
        Self::made(|nodes| Ok(nodes.number(value)?))
    }

    /// A function of the table of it.
    #[must_use]
    pub fn activation(self, activation: Activation) -> Self {
        self.then(|nodes, x| {
            let mut parameters = Vec::new();
            for value in activation.parameters() {
                parameters.push(nodes.limit(*value)?);
            }
            functions::called(nodes, activation.kind().row(), Part::Value, x, &parameters)
        })
    }

    /// A function by name, as in text: `Expression::call("swish", &[x, beta])`.
    #[must_use]
    pub fn call(function: &str, arguments: &[Self]) -> Self {
        Self::made(|nodes| {
            let mut ids = Vec::new();
            for argument in arguments {
                ids.push((None, graft(nodes, argument)?));
            }
            drawn_apart(nodes, |nodes| functions::call(nodes, function, 0, &ids))
        })
    }

    /// 0 with this probability, which is a number or a parameter, else divided by the probability of the contrary: by a draw of its own,
    /// which its clones share.
    #[must_use]
    pub fn dropout(self, probability: impl Into<Self>) -> Self {
        let probability = probability.into();
        self.then(|nodes, value| {
            let probability = graft(nodes, &probability)?;
            drawn_apart(nodes, |nodes| nodes.dropout(value, probability))
        })
    }

    /// To the power of a whole number from -64 to 64.
    #[must_use]
    pub fn power(self, exponent: i32) -> Self {
        self.then(|nodes, x| Ok(nodes.power(x, exponent as f32)?))
    }

    /// The smaller one.
    #[must_use]
    pub fn min(self, other: impl Into<Self>) -> Self {
        self.binary(Binary::Minimum, other.into())
    }

    /// The larger one.
    #[must_use]
    pub fn max(self, other: impl Into<Self>) -> Self {
        self.binary(Binary::Maximum, other.into())
    }

    /// `self > other ? then : otherwise`
    #[must_use]
    pub fn if_above(self, other: impl Into<Self>, then: impl Into<Self>, otherwise: impl Into<Self>) -> Self {
        let (other, then, otherwise) = (other.into(), then.into(), otherwise.into());
        self.then(|nodes, a| {
            let four = [a, graft(nodes, &other)?, graft(nodes, &then)?, graft(nodes, &otherwise)?];
            Ok(nodes.add(Node::Choose(Comparison::Greater, four))?)
        })
    }

    /// The formula whose result is called `y`.
    ///
    /// # Errors
    /// What is wrong with it; [`FormulaError::ResultIsOperand`] if `y` is an operand.
    pub fn formula(self) -> Result<Formula, Error> {
        let (nodes, node) = self.counted()?;
        Formula::unnamed_result(nodes, node)
    }

    /// The formula whose result has this name: that of an operand to compute in place.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn named(self, result: &str) -> Result<Formula, Error> {
        super::names::check_name(result)?;
        let (nodes, node) = self.counted()?;
        let named = Named { name: result.to_owned(), view: View::Element };
        Formula::new(nodes, vec![Output { named, node }])
    }

    /// Its nodes, their draws numbered from 0, as a text of the same formula has them.
    fn counted(self) -> Result<(Nodes, Id), Error> {
        let (mut nodes, id) = self.0?;
        let mut numbers = HashMap::new();
        nodes.number_draws(0, |draw| {
            let next = numbers.len() as u32;
            *numbers.entry(draw).or_insert(next)
        });
        Ok((nodes, id))
    }

    fn made(make: impl FnOnce(&mut Nodes) -> Result<Id, Error>) -> Self {
        let mut nodes = Nodes::default();
        Self(make(&mut nodes).map(|id| (nodes, id)))
    }

    fn then(self, make: impl FnOnce(&mut Nodes, Id) -> Result<Id, Error>) -> Self {
        Self(self.0.and_then(|(mut nodes, id)| make(&mut nodes, id).map(|id| (nodes, id))))
    }

    fn binary(self, binary: Binary, other: Self) -> Self {
        self.then(|nodes, a| {
            let b = graft(nodes, &other)?;
            Ok(nodes.binary(binary, a, b)?)
        })
    }
}

/// Makes nodes, and numbers their draws as no other expression of this program has them: what is put together later must not draw alike
/// by chance, but for clones.
fn drawn_apart(nodes: &mut Nodes, make: impl FnOnce(&mut Nodes) -> Result<Id, Error>) -> Result<Id, Error> {
    /// After those that a text may name.
    static NEXT: AtomicU32 = AtomicU32::new(1 << 16);
    let first = nodes.nodes.len();
    let result = make(nodes)?;
    let mut numbers = HashMap::new();
    nodes.number_draws(first, |draw| {
        *numbers.entry(draw).or_insert_with(|| NEXT.fetch_add(1, Ordering::Relaxed))
    });
    Ok(result)
}

fn graft(nodes: &mut Nodes, other: &Expression) -> Result<Id, Error> {
    let (others, id) = other.0.as_ref().map_err(Clone::clone)?;
    let by_name = |nodes: &mut Nodes, leaf| nodes.copied(others, leaf, |id| id);
    Ok(nodes.graft(others, 0, by_name)?[usize::from(*id)])
}

impl From<f32> for Expression {
    fn from(value: f32) -> Self {
        Self::number(value)
    }
}

impl Neg for Expression {
    type Output = Self;

    fn neg(self) -> Self {
        self.then(|nodes, x| Ok(nodes.add(Node::Negate(x))?))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $binary:expr) => {
        impl<T: Into<Expression>> $trait<T> for Expression {
            type Output = Expression;

            fn $method(self, other: T) -> Expression {
                self.binary($binary, other.into())
            }
        }

        impl $trait<Expression> for f32 {
            type Output = Expression;

            fn $method(self, other: Expression) -> Expression {
                Expression::number(self).binary($binary, other)
            }
        }
    };
}

operator!(Add, add, Binary::Add);
operator!(Sub, sub, Binary::Subtract);
operator!(Mul, mul, Binary::Multiply);
operator!(Div, div, Binary::Divide);
