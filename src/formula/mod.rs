//! Formulas: elementwise expressions as values, and their derivatives.

mod body;
mod derivative;
mod display;
mod double;
mod exact;
mod expression;
mod functions;
#[cfg(test)]
mod fuzz;
mod guard;
mod intern;
mod language;
mod names;
pub(crate) mod node;
mod nodes;
mod parse;
mod power;
mod stable;
mod tokens;
mod wgsl;

use std::str::FromStr;

pub(crate) use body::{FUNCTION, drawn, legend};
#[cfg(any(feature = "cpu", feature = "verify"))]
pub(crate) use exact::exact_call;
pub use expression::Expression;
pub(crate) use intern::{Composed, Operand as FormulaOperand};
pub use language::Construct;
pub(crate) use node::{MAX_OPERANDS, MAX_VALUES, MAX_VIEWS, View};
pub use stable::StableForm;
pub use wgsl::WgslFunction;

use crate::error::{Error, FormulaError};
use node::{Id, Named, Output};
use nodes::Nodes;

/// An elementwise expression: any arithmetic of operands and functions of the table, as one kernel, with first and second derivatives by
/// exact rules.
///
/// ```
/// use wgpu_activations::Formula;
/// let layer: Formula = "gelu_erf(x + bias[c]) * gate + residual".parse()?;
/// assert_eq!(layer.operands().collect::<Vec<_>>(), ["x", "bias[c]", "gate", "residual"]);
/// let swish: Formula = "x * sigmoid(k * x) + h with k = 1.5".parse()?;
/// assert_eq!(swish.exact(&[0.0, 2.0]), [2.0]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
///
/// # The language
///
/// - Numbers, `+ - * /`, `x^2`, `x^-1.5` (multiples of 1/2: products and a square root), comparisons, `a ? b : c`, `min`, `max`, `pi`.
/// - Every function of the table by its name or an alias, with its parameters by place or by name: `relu(x)`, `leaky_relu(x, 0.2)`,
///   `celu(x, alpha=2)`; `inf` is one where the function has a limit there: `clip(x, 0, inf)`.
/// - And its derivatives: `silu_backward(x, dy)` is silu'(x) · dy, `swish_backward_beta(x, dy, beta)` that by its parameter,
///   `silu_second(x, dy)` and `swish_second_beta(x, dy, beta)` are the second derivatives, by x twice and by both. `chain(dy, d)` is a
///   product in which a second factor of exactly 0 wins, and `over(dy, d)` a quotient in which an infinite divisor does.
/// - `dropout(u, p)` is 0 with probability p, else u / (1 - p). What it draws depends on the seed that is bound
///   ([`Operand::seed`](crate::Operand::seed)), the element's number, and which of the formula's dropouts it is: the same for the gradients,
///   which are multiplied by `keep(p, 0)`, that of the first one, and so on.
/// - Other names are operands. `x` has an element each; `bias[c]` one for each channel, where `c` stands for a way to see the tensor as
///   (outer, channels, inner) that is said when binding ([`Operand::channels`](crate::Operand::channels)); `w[]` is a single value in
///   a buffer.
/// - `where u = x + 1, v = u * u` at the end defines names, each of those before it. `with k = 1.5` declares parameters with their
///   defaults; their values travel in the uniform, so that changing one compiles nothing.
/// - The result is called `y`, or what stands before `=`: `x = x + 0.5 * z` computes in place. Several are separated by `;`. A result
///   `db[c] = ...` is summed over each channel, `dw[] = ...` over everything; a formula has at most one such sum, its last result.
///
/// Comparisons with NaN give NaN, as everything does that depends on one. Literals are rounded to f32. Numbers among themselves are
/// computed once, when the formula is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    pub(crate) nodes: Nodes,
    pub(crate) outputs: Vec<Output>,
}

/// The name that a seed is bound by.
pub(crate) const SEED: &str = "seed";

impl Formula {
    /// What is reached from the results, in an order that depends on the expression alone: so equal formulas are equal.
    fn new(nodes: Nodes, outputs: Vec<Output>) -> Result<Self, Error> {
        let mut ordered = Nodes::default();
        let mut places: Vec<Option<Id>> = vec![None; nodes.nodes.len()];
        let mut results: Vec<Output> = Vec::new();
        for Output { named, node } in outputs {
            if results.iter().any(|other| other.named.name == named.name) {
                return Err(FormulaError::name_twice(&named.name).into());
            }
            let node = reach(&nodes, node, &mut ordered, &mut places)?;
            results.push(Output { named, node });
        }
        let formula = Self { nodes: ordered, outputs: results };
        formula.check()?;
        Ok(formula)
    }

    /// With a result that has no name of its own.
    fn unnamed_result(nodes: Nodes, node: Id) -> Result<Self, Error> {
        let named = Self::unnamed();
        if nodes.operands.iter().any(|operand| operand.name == named.name) {
            return Err(FormulaError::ResultIsOperand { name: named.name }.into());
        }
        Self::new(nodes, vec![Output { named, node }])
    }

    fn check(&self) -> Result<(), Error> {
        let first_sum = self.outputs.iter().position(|output| output.named.view != View::Element);
        if let Some(place) = first_sum {
            let name = self.outputs[place].named.name.clone();
            if place + 1 < self.outputs.len() {
                return Err(FormulaError::SumBeside { name }.into());
            }
            if self.nodes.operands.iter().all(|operand| operand.view != View::Element) {
                return Err(FormulaError::SumOfNothing { name }.into());
            }
        }
        for Output { named, node } in &self.outputs {
            if let Some(value) = self.nodes.value(*node).filter(|value| !value.is_finite()) {
                return Err(FormulaError::not_finite(value, &named.name).into());
            }
            let operand = self.nodes.operands.iter().find(|operand| operand.name == named.name);
            let in_place = operand.is_none_or(|it| it.view == View::Element && named.view == View::Element);
            if !in_place || self.nodes.parameters.iter().any(|parameter| parameter.name == named.name) {
                return Err(FormulaError::name_twice(&named.name).into());
            }
        }
        // The seed is bound by its name.
        let mut operands = self.nodes.operands.iter().map(|operand| &operand.name);
        if self.nodes.draws() && operands.any(|name| name == SEED) {
            return Err(FormulaError::name_twice(SEED).into());
        }
        let within = |what, count: usize, limit| match count <= limit {
            true => Ok(()),
            false => Err(FormulaError::TooLarge { what, actual: Some(count), limit }),
        };
        within("operands and results", self.nodes.operands.len() + self.outputs.len(), MAX_OPERANDS)?;
        within("letters in brackets", self.views().len(), MAX_VIEWS)?;
        within("parameters and values derived from them", body::values(self).len(), MAX_VALUES)?;
        Ok(())
    }

    /// What an expression without a name is written to.
    fn unnamed() -> Named {
        Named { name: "y".to_owned(), view: View::Element }
    }

    /// The operands that are read, in the order of their first use, as they are written: `x`, `bias[c]`, `w[]`.
    pub fn operands(&self) -> impl ExactSizeIterator<Item = String> {
        self.nodes.operands.iter().map(Named::to_string)
    }

    /// Their names alone, by which they are bound and derived: `x`, `bias`, `w`.
    pub fn operand_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.nodes.operands.iter().map(|operand| operand.name.as_str())
    }

    /// Whether something has to be bound by this name for it to be read: an operand, or the `seed` of what is drawn. The gradients of a
    /// formula read some of its operands and leave out others, and bind no more than they read.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let gradient = "x * gate + dropout(residual, 0.1)".parse::<Formula>()?.backward(&["x"])?.remove(0);
    /// assert_eq!(gradient.to_string(), "dx = chain(dy, gate)");
    /// assert!(gradient.reads("gate") && gradient.reads("dy"));
    /// assert!(!gradient.reads("x") && !gradient.reads("dx") && !gradient.reads("seed"));
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn reads(&self, name: &str) -> bool {
        self.operand_names().any(|operand| operand == name) || (name == SEED && self.draws())
    }

    /// What is written, likewise: `y`, or `dbias[c]` for a sum over each channel.
    pub fn results(&self) -> impl ExactSizeIterator<Item = String> {
        self.outputs.iter().map(|output| output.named.to_string())
    }

    /// Their names alone, by which they are bound: `y`, `dbias`.
    pub fn result_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.outputs.iter().map(|output| output.named.name.as_str())
    }

    /// The parameters of the `with` clause and their values.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = (&str, f32)> {
        self.nodes.parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.default))
    }

    /// Whether something is drawn for each element: then a seed has to be bound.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.nodes.draws()
    }

    /// The same formula with another value of a parameter of its `with` clause. It has the same kernels.
    ///
    /// # Errors
    /// [`FormulaError::UnknownParameter`], [`FormulaError::NotFinite`].
    pub fn with(mut self, name: &str, value: f32) -> Result<Self, Error> {
        let known: Vec<&str> = self.parameters().map(|(name, _)| name).collect();
        let unknown = functions::unknown_parameter("the formula", name, &known);
        let parameter = self.nodes.parameters.iter_mut().find(|parameter| parameter.name == name);
        let parameter = parameter.ok_or(unknown)?;
        if !value.is_finite() {
            return Err(FormulaError::not_finite(value, name).into());
        }
        parameter.default = value;
        Ok(self)
    }

    /// Both as one kernel, that shares what they compute: the results of this formula, then those of the other. So a gradient that is
    /// summed is fused with those that have an element each, and the sum costs little more than adding its terms.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let layer: Formula = "gelu_erf(x + bias[c])".parse()?;
    /// let [dx, dbias] = &layer.backward(&["x", "bias"])?[..] else { panic!() };
    /// assert_eq!(dx.fuse(dbias)?.to_string(), "dx = t1; dbias[c] = t1 where t1 = gelu_erf_backward(x + bias[c], dy)");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FormulaError::NameTwice`] if one writes what the other reads or writes (one after the other, they would compute something else),
    /// or if they have other values for a parameter; [`FormulaError::TwoViews`]; [`FormulaError::SumBeside`] if both have a sum, or only
    /// this one; [`FormulaError::TooLarge`].
    pub fn fuse(&self, other: &Self) -> Result<Self, Error> {
        for (one, two) in [(self, other), (other, self)] {
            if let Some(name) = one.result_names().find(|name| two.operand_names().any(|read| read == *name))
            {
                return Err(FormulaError::name_twice(name).into());
            }
        }
        let mut nodes = self.nodes.clone();
        let mut outputs = self.outputs.clone();
        let mut places = vec![None; other.nodes.nodes.len()];
        for Output { named, node } in &other.outputs {
            let node = reach(&other.nodes, *node, &mut nodes, &mut places)?;
            outputs.push(Output { named: named.clone(), node });
        }
        Self::new(nodes, outputs)
    }

    /// Makes a function known by this name to every formula that this program parses from now on: `function("telu", "x * tanh(exp(x))")`.
    /// Its arguments are its operands, in the order of their first use, then its parameters. A later function of the same name takes
    /// its place in formulas that are parsed after that.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// Formula::function("bent_identity", "(sqrt(x^2 + 1) - 1) / 2 + x")?;
    /// assert_eq!("bent_identity(x)".parse::<Formula>()?.exact(&[0.0]), [0.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of parsing; [`FormulaError::Name`] for a name that is taken by the table or the language; [`FormulaError::OtherKind`] if an
    /// operand has brackets.
    pub fn function(name: &str, text: &str) -> Result<(), Error> {
        Ok(functions::define(name, text.parse()?)?)
    }

    /// Names of operands with an element each.
    #[cfg(feature = "gpu")]
    pub(crate) fn elementwise_operands(&self) -> impl Iterator<Item = &str> {
        let own = self.nodes.operands.iter().filter(|operand| operand.view == View::Element);
        own.map(|operand| operand.name.as_str())
    }

    /// Names of results that are not sums.
    #[cfg(any(feature = "gpu", test))]
    pub(crate) fn elementwise_results(&self) -> impl Iterator<Item = &str> {
        let own = self.outputs.iter().filter(|output| output.named.view == View::Element);
        own.map(|output| output.named.name.as_str())
    }

    /// The number of an operand.
    fn operand_named(&self, name: &str) -> Result<usize, FormulaError> {
        let known = || self.nodes.operands.iter().map(|operand| operand.name.clone()).collect();
        let place = self.nodes.operands.iter().position(|operand| operand.name == name);
        place.ok_or_else(|| FormulaError::UnknownOperand { name: name.to_owned(), known: known() })
    }

    /// The numbers of operands: those with an element each, then those that are shared.
    fn operand_order(&self) -> Vec<usize> {
        let (own, shared): (Vec<usize>, Vec<usize>) = (0..self.nodes.operands.len())
            .partition(|place| self.nodes.operands[*place].view == View::Element);
        [own, shared].concat()
    }

    /// The ways to see the tensor that its operands have, each once, in the order of their first use.
    fn views(&self) -> Vec<View> {
        let mut views = Vec::new();
        for operand in &self.nodes.operands {
            if operand.view != View::Element && !views.contains(&operand.view) {
                views.push(operand.view);
            }
        }
        views
    }
}

/// Adds a node after those that it names. Not by recursion: a chain may be as long as a formula.
fn reach(
    nodes: &Nodes,
    root: Id,
    ordered: &mut Nodes,
    places: &mut [Option<Id>],
) -> Result<Id, FormulaError> {
    let mut waiting = vec![root];
    while let Some(&id) = waiting.last() {
        let node = nodes.nodes[usize::from(id)];
        let missing = node.children().into_iter().find(|child| places[usize::from(*child)].is_none());
        match missing {
            Some(child) if places[usize::from(id)].is_none() => waiting.push(child),
            _ => {
                waiting.pop();
                if places[usize::from(id)].is_none() {
                    let place = |id| places[usize::from(id)].unwrap_or_default();
                    let new = ordered.copied(nodes, node, place)?;
                    places[usize::from(id)] = Some(new);
                }
            }
        }
    }
    Ok(places[usize::from(root)].unwrap_or_default())
}

/// As [`Formula`] has it.
impl FromStr for Formula {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }
}

#[cfg(test)]
pub(crate) mod tests;
