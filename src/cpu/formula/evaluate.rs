//! A formula's nodes over a block of elements, in f64: a loop for each node, over columns that stay in the first-level cache.

use super::super::loops::NodeLoops;
use super::operators::{NEGATE, binary, choose};
use super::plan::Plan;
use crate::formula::exact_call;
use crate::formula::node::{Call, Id, Node, Part, survivor};
use crate::philox::Draws;
use crate::table::row::MAX_PARAMETERS;

/// How many elements a block has: two kilobytes a column, of which a formula of a network needs four or five at once.
pub(super) const BLOCK: usize = 256;

/// A node's value for each element of a block.
type Column = [f64; BLOCK];

/// Columns for one thread.
pub(super) struct Evaluator<'p> {
    plan: &'p Plan<'p>,
    #[allow(clippy::vec_box, reason = "columns change places without being copied")]
    columns: Vec<Box<Column>>,
    /// Where a node is computed, before its column takes it.
    result: Box<Column>,
}

/// The elements of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements {
    /// The number of the first one.
    pub(super) first: u64,
    pub(super) count: usize,
}

impl<'p> Evaluator<'p> {
    pub(super) fn new(plan: &'p Plan<'p>) -> Self {
        let mut columns: Vec<Box<Column>> = (0..plan.columns).map(|_| Box::new([0.0; BLOCK])).collect();
        for (id, node) in (0..).zip(&plan.formula.nodes.nodes) {
            if let Some(value) = plan.fixed(*node) {
                columns[plan.place(id)].fill(value.into());
            }
        }
        Self { plan, columns, result: Box::new([0.0; BLOCK]) }
    }

    /// Computes all nodes; `read` writes an operand's values.
    pub(super) fn compute(&mut self, elements: Elements, read: impl Fn(usize, &mut [f64])) {
        for (id, node) in (0..).zip(&self.plan.formula.nodes.nodes) {
            if !node.is_fixed() {
                self.node(id, *node, elements, &read);
                std::mem::swap(&mut self.columns[self.plan.place(id)], &mut self.result);
            }
        }
    }

    /// A node's values, of so many elements.
    pub(super) fn column(&self, id: Id, count: usize) -> &[f64] {
        &self.columns[self.plan.place(id)][..count]
    }

    fn node(
        &mut self,
        id: Id,
        node: Node,
        Elements { first, count }: Elements,
        read: impl Fn(usize, &mut [f64]),
    ) {
        let Self { plan, columns, result } = self;
        let of = |id: Id| &columns[plan.place(id)][..count];
        let result = &mut result[..count];
        match node {
            Node::Number(_) | Node::Parameter(_) => {}
            Node::Operand(place) => read(place.into(), result),
            Node::Negate(a) => NEGATE(&(), [of(a)], [result]),
            Node::Binary(which, a, b) => binary(which)(&(), [a, b].map(of), [result]),
            Node::Choose(which, four) => choose(which)(&(), four.map(of), [result]),
            Node::Call(call) => {
                match plan.loops(id) {
                    Some(loops) => call_loop(loops, &call, of, result),
                    None => call_oracle(&call, of, result),
                }
                call.watched(&plan.formula.nodes.nodes).for_each(|parameter| keep_nan(of(parameter), result));
            }
            Node::Keep(probability, draw) => {
                let probability = of(probability)[0] as f32;
                let kept = survivor(probability).into();
                let mut draws = Draws::new(plan.seed, draw);
                for (index, result) in (first..).zip(result) {
                    *result = if draws.unit(index) >= probability { kept } else { 0.0 };
                }
            }
        }
    }
}

/// A function of the table.
fn call_loop<'c>(loops: &NodeLoops, call: &Call, of: impl Fn(Id) -> &'c [f64], result: &mut [f64]) {
    let x = of(call.x);
    // Those that a function does not have, it does not read.
    let mut parameters = [x; MAX_PARAMETERS];
    parameters.iter_mut().zip(call.parameters()).for_each(|(place, id)| *place = of(*id));
    let [p, q, r, s] = parameters;
    let of_parameter = |runs: &[Option<_>], index: u8| runs.get(usize::from(index)).copied().flatten();
    let run = match call.part {
        Part::Value => return (loops.value)(&(), [x, p, q, r, s], [result]),
        Part::Slope(_) => Some(loops.slope),
        Part::ByParameter(index, _) => of_parameter(&loops.by_parameter, index),
        Part::Second(_) => loops.second,
        Part::Mixed(index, _) => of_parameter(&loops.mixed, index),
    };
    match (run, call.part.arriving()) {
        (Some(run), Some(dy)) => run(&(), [x, of(dy), p, q, r, s], [result]),
        // No such call is made.
        _ => result.fill(f64::NAN),
    }
}

/// The results, but NaN where this is.
fn keep_nan(column: &[f64], results: &mut [f64]) {
    for (result, value) in results.iter_mut().zip(column) {
        *result = if value.is_nan() { *value } else { *result };
    }
}

/// A function of somebody else's: by its oracles.
fn call_oracle<'c>(call: &Call, of: impl Fn(Id) -> &'c [f64], result: &mut [f64]) {
    for (index, result) in result.iter_mut().enumerate() {
        *result = exact_call(call, |id| of(id)[index]);
    }
}
