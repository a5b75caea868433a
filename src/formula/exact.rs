//! Formulas in f64: by the table's oracle, node by node.

use crate::formula::Formula;
use crate::formula::node::{Call, Id, Node, Part, survivor};
use crate::philox::Draws;
use crate::reference::Exact;

impl Formula {
    /// The results for one element in f64, by the oracle of the table: the values of operands, in the order of
    /// [`Formula::operands`], at this element, and those of the `with` clause by default. A sum's is its term.
    ///
    /// Dropout drops nothing, as in evaluation. NaN gives NaN. Fewer values than operands count as NaN.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let residual: Formula = "relu(x + bias[c]) + 0.5 * residual".parse()?;
    /// assert_eq!(residual.exact(&[-1.0, 3.0, 4.0]), [4.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn exact(&self, operands: &[f64]) -> Vec<f64> {
        self.results_of(&self.exact_nodes(operands, None))
    }

    /// The same, with what dropout draws for the element of this number by this seed.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let formula: Formula = "dropout(x, 0.5)".parse()?;
    /// let kept = (0..1000).filter(|element| formula.exact_drawn(&[3.0], 7, *element) == [6.0]);
    /// assert_eq!(kept.count(), 479);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn exact_drawn(&self, operands: &[f64], seed: u64, element: u64) -> Vec<f64> {
        self.results_of(&self.exact_nodes(operands, Some((seed, element))))
    }

    fn results_of(&self, all: &[f64]) -> Vec<f64> {
        self.outputs.iter().map(|output| all[usize::from(output.node)]).collect()
    }

    /// The values of all nodes; of what is drawn, by a seed and the element's number.
    pub(crate) fn exact_nodes(&self, operands: &[f64], drawn: Option<(u64, u64)>) -> Vec<f64> {
        let mut all: Vec<f64> = Vec::with_capacity(self.nodes.nodes.len());
        for node in &self.nodes.nodes {
            let of = |id: Id| all[usize::from(id)];
            let value = match *node {
                Node::Number(bits) => f32::from_bits(bits).into(),
                Node::Operand(place) => operands.get(usize::from(place)).copied().unwrap_or(f64::NAN),
                Node::Parameter(place) => self.nodes.parameters[usize::from(place)].default.into(),
                Node::Negate(a) => -of(a),
                Node::Binary(binary, a, b) => binary.of(of(a), of(b)),
                Node::Choose(_, [a, b, ..]) if of(a).is_nan() || of(b).is_nan() => f64::NAN,
                Node::Choose(comparison, [a, b, then, otherwise]) => {
                    of(if comparison.holds(of(a), of(b)) { then } else { otherwise })
                }
                Node::Call(call) => exact_call(&call, of),
                Node::Keep(probability, draw) => drawn.map_or(1.0, |(seed, element)| {
                    let probability = of(probability) as f32;
                    let kept = Draws::new(seed, draw).unit(element) >= probability;
                    if kept { survivor(probability).into() } else { 0.0 }
                }),
            };
            all.push(value);
        }
        all
    }
}

/// A function of the table, or its derivative times what arrives.
pub(crate) fn exact_call(call: &Call, of: impl Fn(Id) -> f64) -> f64 {
    let times = |dy: f64, derivative: f64| if derivative == 0.0 { 0.0 } else { dy * derivative };
    match call.part {
        Part::Value => exact_at(call, &of).value,
        Part::Slope(dy) => times(of(dy), exact_at(call, &of).derivative),
        Part::ByParameter(index, dy) => times(of(dy), exact_by_parameter(call, index, &of)),
        Part::Second(dy) => times(of(dy), exact_second(call, None, &of)),
        Part::Mixed(index, dy) => times(of(dy), exact_second(call, Some(index.into()), &of)),
    }
}

/// x and the parameters, if none of them is a NaN that would not show.
fn numbers(call: &Call, of: &impl Fn(Id) -> f64) -> Option<(f64, Vec<f64>)> {
    let x = of(call.x);
    let parameters: Vec<f64> = call.parameters().iter().map(|id| of(*id)).collect();
    let hidden = !call.row.parameters_are_factors && parameters.iter().any(|value| value.is_nan());
    let nan = x.is_nan() || hidden;
    (!nan).then_some((x, parameters))
}

/// A second derivative, by x or by a learnable parameter.
fn exact_second(call: &Call, by: Option<usize>, of: &impl Fn(Id) -> f64) -> f64 {
    match (call.row.second_by(by).1, numbers(call, of)) {
        (Some(second), Some((x, parameters))) => (second.oracle)(x, &parameters),
        _ => f64::NAN,
    }
}

pub(crate) fn exact_at(call: &Call, of: &impl Fn(Id) -> f64) -> Exact {
    let mut result = [Exact { value: f64::NAN, derivative: f64::NAN }];
    if let Some((x, parameters)) = numbers(call, of) {
        (call.row.oracle)(&parameters, &[x], &mut result);
    }
    result[0]
}

/// The derivative by a learnable parameter.
pub(crate) fn exact_by_parameter(call: &Call, index: u8, of: &impl Fn(Id) -> f64) -> f64 {
    match (call.row.learnable.get(usize::from(index)), numbers(call, of)) {
        (Some(learnable), Some((x, parameters))) => (learnable.oracle)(x, &parameters),
        _ => f64::NAN,
    }
}
