//! Where a formula's nodes are kept while it is computed.

use super::super::loops::{LOOPS, NodeLoops};
use crate::formula::Formula;
use crate::formula::node::{Id, Node};
use crate::table::rows::ROWS;

/// A formula and what it is computed with.
pub(super) struct Plan<'a> {
    pub(super) formula: &'a Formula,
    pub(super) parameters: Vec<f32>,
    pub(super) seed: u64,
    /// The column of each node. Nodes share one, if none of them is needed when another one is computed.
    places: Vec<usize>,
    pub(super) columns: usize,
    /// Of each node that calls a function of the table.
    loops: Vec<Option<&'static NodeLoops>>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(formula: &'a Formula, parameters: Vec<f32>, seed: u64) -> Self {
        let (places, columns) = places(formula);
        let loops = formula.nodes.nodes.iter().map(loops_of).collect();
        Self { formula, parameters, seed, places, columns, loops }
    }

    pub(super) fn place(&self, id: Id) -> usize {
        self.places[usize::from(id)]
    }

    /// The loops of the function of the table that a node calls.
    pub(super) fn loops(&self, id: Id) -> Option<&'static NodeLoops> {
        self.loops[usize::from(id)]
    }

    /// A node's value, if it is the same for all elements.
    pub(super) fn fixed(&self, node: Node) -> Option<f32> {
        match node {
            Node::Parameter(place) => Some(self.parameters[usize::from(place)]),
            node => node.value(),
        }
    }
}

fn loops_of(node: &Node) -> Option<&'static NodeLoops> {
    let Node::Call(call) = node else { return None };
    let place = ROWS.iter().position(|row| std::ptr::eq(row, call.row.0))?;
    Some(&LOOPS[place].node)
}

/// Each node's column, and how many there are.
fn places(formula: &Formula) -> (Vec<usize>, usize) {
    let nodes = &formula.nodes.nodes;
    let mut uses = uses(formula);
    let (mut places, mut columns, mut free) = (Vec::with_capacity(nodes.len()), 0, Vec::new());
    for node in nodes {
        // Results are made in a column apart: one may take the place of what it was computed of.
        for child in node.children() {
            let child = usize::from(child);
            uses[child] -= 1;
            if uses[child] == 0 {
                free.push(places[child]);
            }
        }
        // What is the same in all blocks is written once.
        let taken = if node.is_fixed() { None } else { free.pop() };
        places.push(taken.unwrap_or_else(|| {
            columns += 1;
            columns - 1
        }));
    }
    (places, columns)
}

/// How often each node is named; once more than that, if it has to outlast the others.
fn uses(formula: &Formula) -> Vec<usize> {
    let nodes = &formula.nodes.nodes;
    let mut uses: Vec<usize> = nodes.iter().map(|node| usize::from(node.is_fixed())).collect();
    let children = nodes.iter().flat_map(|node| node.children());
    let results = formula.outputs.iter().map(|output| output.node);
    children.chain(results).for_each(|id| uses[usize::from(id)] += 1);
    uses
}
