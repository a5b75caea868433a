//! Formulas as text that parses to the same formula.

use std::fmt;

use crate::formula::Formula;
use crate::formula::node::{Binary, Call, Id, Named, Node, View};

/// How tightly an operator binds: what stands in it needs parentheses if it binds less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Choice,
    Sum,
    Product,
    Sign,
    Atom,
}

/// So many operators within each other are written at most: what is deeper gets a name.
const DEEPEST: usize = 24;

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        for (index, output) in self.outputs.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            if self.outputs.len() > 1 || output.named != Self::unnamed() {
                write!(f, "{} = ", output.named)?;
            }
            f.write_str(&self.written(output.node, &names, Binding::Choice))?;
        }
        let defined = names.iter().enumerate().filter_map(|(id, name)| Some((id, name.as_ref()?)));
        for (index, (id, name)) in defined.enumerate() {
            f.write_str(if index == 0 { " where " } else { ", " })?;
            write!(f, "{name} = {}", self.expression(id as Id, &names, Binding::Choice))?;
        }
        for (index, parameter) in self.nodes.parameters.iter().enumerate() {
            f.write_str(if index == 0 { " with " } else { ", " })?;
            write!(f, "{} = {:?}", parameter.name, parameter.default)?;
        }
        Ok(())
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.view {
            View::Element => Ok(()),
            View::Channel(letter) => write!(f, "[{letter}]"),
            View::Single => f.write_str("[]"),
        }
    }
}

impl Formula {
    /// A node without names for its parts.
    pub(super) fn written_out(&self, id: Id) -> String {
        self.expression(id, &vec![None; self.nodes.nodes.len()], Binding::Choice)
    }

    /// Names for nodes that are used more than once, and for some of those within many others.
    fn names(&self) -> Vec<Option<String>> {
        let nodes = &self.nodes.nodes;
        let mut used = vec![0; nodes.len()];
        nodes.iter().flat_map(|node| node.children()).for_each(|child| used[usize::from(child)] += 1);
        self.outputs.iter().for_each(|output| used[usize::from(output.node)] += 1);
        let mut heights = vec![0; nodes.len()];
        let mut names = vec![None; nodes.len()];
        let mut next = 1;
        for (id, node) in nodes.iter().enumerate() {
            let leaf = matches!(node, Node::Number(_) | Node::Operand(_) | Node::Parameter(_));
            let height =
                node.children().iter().map(|child| heights[usize::from(*child)] + 1).max().unwrap_or(0);
            if !leaf && (used[id] > 1 || height == DEEPEST) {
                names[id] = Some(self.free_name(&mut next));
            } else {
                heights[id] = height;
            }
        }
        names
    }

    /// t1, t2 and so on, but for names of the formula's own.
    fn free_name(&self, next: &mut usize) -> String {
        loop {
            let name = format!("t{next}");
            *next += 1;
            let operands = self.nodes.operands.iter().map(|operand| &operand.name);
            let parameters = self.nodes.parameters.iter().map(|parameter| &parameter.name);
            let outputs = self.outputs.iter().map(|output| &output.named.name);
            if !operands.chain(parameters).chain(outputs).any(|taken| *taken == name) {
                return name;
            }
        }
    }

    /// A node by its name, or as what it is.
    fn written(&self, id: Id, names: &[Option<String>], within: Binding) -> String {
        match &names[usize::from(id)] {
            Some(name) => name.clone(),
            None => self.expression(id, names, within),
        }
    }

    fn expression(&self, id: Id, names: &[Option<String>], within: Binding) -> String {
        let write = |id, within| self.written(id, names, within);
        let (binding, text) = match self.nodes.nodes[usize::from(id)] {
            Node::Number(bits) => {
                let value = f32::from_bits(bits);
                (if value < 0.0 { Binding::Sign } else { Binding::Atom }, format!("{value}"))
            }
            Node::Operand(place) => (Binding::Atom, self.nodes.operands[usize::from(place)].to_string()),
            Node::Parameter(place) => (Binding::Atom, self.nodes.parameters[usize::from(place)].name.clone()),
            Node::Negate(a) => (Binding::Sign, format!("-{}", write(a, Binding::Atom))),
            Node::Binary(binary, a, b) => {
                let infix = |binding, tighter, sign| {
                    (binding, format!("{} {sign} {}", write(a, binding), write(b, tighter)))
                };
                let call = |name| {
                    let (a, b) = (write(a, Binding::Choice), write(b, Binding::Choice));
                    (Binding::Atom, format!("{name}({a}, {b})"))
                };
                match binary {
                    Binary::Add => infix(Binding::Sum, Binding::Product, "+"),
                    Binary::Subtract => infix(Binding::Sum, Binding::Product, "-"),
                    Binary::Multiply => infix(Binding::Product, Binding::Sign, "*"),
                    Binary::Divide => infix(Binding::Product, Binding::Sign, "/"),
                    Binary::Minimum => call("min"),
                    Binary::Maximum => call("max"),
                    Binary::Chain => call("chain"),
                    Binary::Over => call("over"),
                }
            }
            Node::Choose(comparison, [a, b, then, otherwise]) => {
                let (a, b) = (write(a, Binding::Sum), write(b, Binding::Sum));
                let (then, otherwise) = (write(then, Binding::Sum), write(otherwise, Binding::Choice));
                let symbol = comparison.symbol();
                (Binding::Choice, format!("{a} {symbol} {b} ? {then} : {otherwise}"))
            }
            Node::Keep(probability, draw) => {
                (Binding::Atom, format!("keep({}, {draw})", write(probability, Binding::Choice)))
            }
            Node::Call(call) => (Binding::Atom, self.call(&call, names)),
        };
        if binding < within { format!("({text})") } else { text }
    }

    fn call(&self, call: &Call, names: &[Option<String>]) -> String {
        let arguments = call.arguments().map(|id| self.written(id, names, Binding::Choice));
        format!("{}({})", call.name(), arguments.collect::<Vec<String>>().join(", "))
    }
}
