//! What only one side of a choice needs passes nothing on where the other side is chosen.
//!
//! 0 arriving at the logarithm in `x > 0 ? log(x) : 0` would not do: where x is 0, it would be multiplied by an infinite derivative. So
//! gradients are chosen where they leave such a side.

use crate::error::FormulaError;
use crate::formula::node::{Binary, Comparison, Id, Node, Output};
use crate::formula::nodes::Nodes;

/// One of the two nodes that a choice, or a minimum or maximum, may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Side {
    choice: Id,
    is_first: bool,
}

/// Sides within each other, the outermost first.
type Sides = Vec<Side>;

impl Side {
    /// What passes this side: the value where it is chosen, else 0.
    pub(crate) fn pass(self, nodes: &mut Nodes, value: Id) -> Result<Id, FormulaError> {
        let extreme = |nodes: &mut Nodes, comparison, a, b| match self.is_first {
            true => by_extreme(nodes, comparison, a, b, value),
            false => by_extreme(nodes, comparison, b, a, value),
        };
        match nodes.nodes[usize::from(self.choice)] {
            Node::Binary(Binary::Minimum, a, b) => extreme(nodes, Comparison::Less, a, b),
            Node::Binary(Binary::Maximum, a, b) => extreme(nodes, Comparison::Greater, a, b),
            Node::Choose(comparison, [a, b, ..]) => {
                let zero = nodes.number(0.0)?;
                let [then, otherwise] = if self.is_first { [value, zero] } else { [zero, value] };
                nodes.add(Node::Choose(comparison, [a, b, then, otherwise]))
            }
            _ => Ok(value),
        }
    }
}

/// The nodes that a node may give, of which only one counts; none if it is no choice.
pub(crate) fn sides(id: Id, node: Node) -> Vec<(Side, Id)> {
    let both = |first, second| {
        [(true, first), (false, second)].map(|(is_first, child)| (Side { choice: id, is_first }, child))
    };
    match node {
        Node::Choose(_, [_, _, then, otherwise]) => both(then, otherwise).to_vec(),
        Node::Binary(Binary::Minimum | Binary::Maximum, a, b) => both(a, b).to_vec(),
        _ => Vec::new(),
    }
}

/// Of each node, the sides that alone need it; of operands none, whose gradients are results.
pub(crate) struct Guards(Vec<Sides>);

impl Guards {
    pub(crate) fn of(nodes: &Nodes, outputs: &[Output]) -> Self {
        let mut all: Vec<Option<Sides>> = vec![None; nodes.nodes.len()];
        outputs.iter().for_each(|output| all[usize::from(output.node)] = Some(Vec::new()));
        for (id, node) in nodes.numbered().rev() {
            let own = &mut all[usize::from(id)];
            if matches!(node, Node::Operand(_)) {
                *own = None;
            }
            let Some(own) = own.clone() else { continue };
            let sides = sides(id, *node);
            if sides.is_empty() {
                node.children().into_iter().for_each(|child| share(&mut all[usize::from(child)], &own));
            }
            // What is compared passes no gradient on.
            for (side, child) in sides {
                share(&mut all[usize::from(child)], &[&own[..], &[side]].concat());
            }
        }
        Self(all.into_iter().map(Option::unwrap_or_default).collect())
    }
}

/// Those that both have.
fn share(place: &mut Option<Sides>, other: &[Side]) {
    match place {
        None => *place = Some(other.to_vec()),
        Some(sides) => {
            let common = sides.iter().zip(other).take_while(|(one, other)| one == other).count();
            sides.truncate(common);
        }
    }
}

/// What arrives at the nodes of a formula: of each, the sums of what came through the same sides.
pub(crate) struct Arriving {
    guards: Guards,
    sums: Vec<Vec<(Sides, Id)>>,
}

impl Arriving {
    pub(crate) fn new(guards: Guards) -> Self {
        Self { sums: vec![Vec::new(); guards.0.len()], guards }
    }

    /// Adds what a node passes on to another one, through a side of its own or none.
    pub(crate) fn pass(
        &mut self,
        nodes: &mut Nodes,
        from_node: Id,
        side: Option<Side>,
        to_node: Id,
        value: Id,
    ) -> Result<(), FormulaError> {
        let sides = self.guards.0[usize::from(from_node)].iter().copied().chain(side).collect();
        accumulate(nodes, &mut self.sums[usize::from(to_node)], sides, value)
    }

    /// Adds what arrives from outside.
    pub(crate) fn arrive(&mut self, nodes: &mut Nodes, id: Id, value: Id) -> Result<(), FormulaError> {
        accumulate(nodes, &mut self.sums[usize::from(id)], Vec::new(), value)
    }

    /// All that arrived at a node: nothing from sides that were not chosen, but for those that alone need it.
    pub(crate) fn at(&mut self, nodes: &mut Nodes, id: Id) -> Result<Option<Id>, FormulaError> {
        let own = self.guards.0[usize::from(id)].len();
        let sums = &mut self.sums[usize::from(id)];
        while let Some(deepest) = (0..sums.len()).rev().max_by_key(|index| sums[*index].0.len()) {
            let (mut sides, value) = sums.swap_remove(deepest);
            match sides.pop() {
                Some(side) if sides.len() >= own => {
                    let passed = side.pass(nodes, value)?;
                    accumulate(nodes, sums, sides, passed)?;
                }
                _ => return Ok(Some(value)),
            }
        }
        Ok(None)
    }
}

fn accumulate(
    nodes: &mut Nodes,
    sums: &mut Vec<(Sides, Id)>,
    sides: Sides,
    value: Id,
) -> Result<(), FormulaError> {
    match sums.iter_mut().find(|(other, _)| *other == sides) {
        Some((_, sum)) => *sum = nodes.binary(Binary::Add, *sum, value)?,
        None => sums.push((sides, value)),
    }
    Ok(())
}

/// What goes on to the first of two, of which the extreme one counts. Where they are equal: nothing beside a number, as at the bounds
/// of hardtanh, and half of it beside a variable, as in PyTorch.
fn by_extreme(nodes: &mut Nodes, comparison: Comparison, a: Id, b: Id, dy: Id) -> Result<Id, FormulaError> {
    let zero = nodes.number(0.0)?;
    let otherwise = if nodes.nodes[usize::from(b)].is_fixed() {
        zero
    } else {
        let half = nodes.number(0.5)?;
        let half = nodes.binary(Binary::Multiply, half, dy)?;
        nodes.add(Node::Choose(Comparison::Equal, [a, b, half, zero]))?
    };
    nodes.add(Node::Choose(comparison, [a, b, dy, otherwise]))
}
