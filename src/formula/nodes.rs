//! Nodes in the making.

use std::collections::{BTreeSet, HashMap};

use crate::error::{Error, FormulaError};
use crate::formula::exact::exact_call;
use crate::formula::names::check_name;
use crate::formula::node::{
    Binary, Call, Given, Id, MAX_EXPONENT, MAX_NODES, MAX_OPERANDS, MAX_VALUES, Named, Node, Part, View,
    check_probability,
};
use crate::table::Kind;

/// Nodes in the making: equal ones are one, and numbers among themselves are computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Nodes {
    pub(crate) nodes: Vec<Node>,
    pub(crate) operands: Vec<Named>,
    pub(crate) parameters: Vec<Given>,
    known: HashMap<Node, Id>,
}

/// The draws that these nodes have, each once.
pub(crate) fn draw_numbers(nodes: &[Node]) -> BTreeSet<u32> {
    let draws = nodes.iter().filter_map(|node| match node {
        Node::Keep(_, draw) => Some(*draw),
        _ => None,
    });
    draws.collect()
}

impl Nodes {
    /// None yet, with the same operands and parameters.
    pub(crate) fn names(&self) -> Self {
        Self { operands: self.operands.clone(), parameters: self.parameters.clone(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, node: Node) -> Result<Id, FormulaError> {
        node.computed_with().into_iter().try_for_each(|id| self.check_finite(id))?;
        let node = match self.simplified(node)? {
            Simple::Known(id) => return Ok(id),
            Simple::New(node) => node,
        };
        if let Some(id) = self.known.get(&node) {
            return Ok(*id);
        }
        let id = Id::try_from(self.nodes.len()).ok().filter(|_| self.nodes.len() < MAX_NODES);
        let id = id.ok_or(FormulaError::TooLarge { what: "nodes", actual: None, limit: MAX_NODES })?;
        self.nodes.push(node);
        self.known.insert(node, id);
        Ok(id)
    }

    pub(crate) fn number(&mut self, value: f32) -> Result<Id, FormulaError> {
        if value.is_finite() {
            self.add(Node::number(value))
        } else {
            Err(FormulaError::not_finite(value, ""))
        }
    }

    /// A number that is the parameter of a function: infinite, if the function has a limit there.
    pub(crate) fn limit(&mut self, value: f32) -> Result<Id, FormulaError> {
        if value.is_nan() { Err(FormulaError::not_finite(value, "")) } else { self.add(Node::number(value)) }
    }

    /// An infinite number is nothing but a function's parameter.
    pub(crate) fn check_finite(&self, id: Id) -> Result<(), FormulaError> {
        match self.value(id) {
            Some(value) if !value.is_finite() => Err(FormulaError::not_finite(value, "")),
            _ => Ok(()),
        }
    }

    pub(crate) fn binary(&mut self, binary: Binary, a: Id, b: Id) -> Result<Id, FormulaError> {
        self.add(Node::Binary(binary, a, b))
    }

    /// An operand of this name, which may have been named before.
    pub(crate) fn operand(&mut self, name: &str, view: View) -> Result<Id, FormulaError> {
        if self.parameters.iter().any(|parameter| parameter.name == name) {
            return Err(FormulaError::name_twice(name));
        }
        let named = Named { name: name.to_owned(), view };
        let place = match self.operands.iter().position(|operand| operand.name == name) {
            Some(place) if self.operands[place].view == view => place,
            Some(_) => return Err(FormulaError::TwoViews { name: name.to_owned(), at: None }),
            None => {
                check_name(name)?;
                self.operands.push(named);
                self.operands.len() - 1
            }
        };
        let place = u16::try_from(place).ok().filter(|place| usize::from(*place) < MAX_NODES);
        let too_many = FormulaError::TooLarge { what: "operands", actual: None, limit: MAX_OPERANDS };
        self.add(Node::Operand(place.ok_or(too_many)?))
    }

    /// A value of the `with` clause.
    pub(crate) fn parameter(&mut self, name: &str, default: f32) -> Result<Id, FormulaError> {
        if !default.is_finite() {
            return Err(FormulaError::not_finite(default, name));
        }
        let place = match self.parameters.iter().position(|parameter| parameter.name == name) {
            Some(place) if self.parameters[place].default.to_bits() == default.to_bits() => place,
            Some(_) => return Err(FormulaError::name_twice(name)),
            None if self.operands.iter().any(|operand| operand.name == name) => {
                return Err(FormulaError::name_twice(name));
            }
            None => {
                check_name(name)?;
                self.parameters.push(Given { name: name.to_owned(), default });
                self.parameters.len() - 1
            }
        };
        if place >= MAX_VALUES {
            return Err(FormulaError::TooLarge { what: "parameters", actual: None, limit: MAX_VALUES });
        }
        self.add(Node::Parameter(u16::try_from(place).unwrap_or(u16::MAX)))
    }

    /// A node to the power of a whole number or half of one: what products and a square root give, each with its own small error. Any
    /// other power would be exp(p * log(x)), which loses as many digits as p * log(x) has before the point.
    pub(crate) fn power(&mut self, base: Id, exponent: f32) -> Result<Id, FormulaError> {
        check_exponent(exponent)?;
        if exponent == -0.5 {
            return self.function(Kind::Rsqrt, base);
        }
        if exponent < 0.0 {
            let (one, power) = (self.number(1.0)?, self.power(base, -exponent)?);
            return self.binary(Binary::Divide, one, power);
        }
        let whole = exponent.trunc();
        if whole == exponent {
            return self.whole_power(base, whole as u32);
        }
        let root = self.function(Kind::Sqrt, base)?;
        if whole == 0.0 {
            return Ok(root);
        }
        let power = self.whole_power(base, whole as u32)?;
        self.binary(Binary::Multiply, power, root)
    }

    /// A function of the table without parameters.
    fn function(&mut self, kind: Kind, x: Id) -> Result<Id, FormulaError> {
        self.add(Node::Call(Call::new(kind.row(), Part::Value, x, &[])))
    }

    /// By squaring.
    fn whole_power(&mut self, base: Id, mut left: u32) -> Result<Id, FormulaError> {
        let (mut square, mut product) = (base, None);
        while left > 0 {
            if left % 2 == 1 {
                product = Some(match product {
                    None => square,
                    Some(product) => self.binary(Binary::Multiply, product, square)?,
                });
            }
            left /= 2;
            if left > 0 {
                square = self.binary(Binary::Multiply, square, square)?;
            }
        }
        product.map_or_else(|| self.number(1.0), Ok)
    }

    /// Another formula's nodes, added to these: where each is. `leaf` says where an operand or a parameter of it is. Its draws are
    /// counted from `first_draw`.
    pub(crate) fn graft(
        &mut self,
        other: &Self,
        first_draw: u32,
        leaf: impl Fn(&mut Self, Node) -> Result<Id, FormulaError>,
    ) -> Result<Vec<Id>, FormulaError> {
        let mut places: Vec<Id> = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let id = match node {
                Node::Operand(_) | Node::Parameter(_) => leaf(self, *node)?,
                Node::Keep(a, draw) => self.add(Node::Keep(places[usize::from(*a)], first_draw + draw))?,
                node => self.add(node.map(|id| places[usize::from(id)]))?,
            };
            places.push(id);
        }
        Ok(places)
    }

    /// A node of other ones: its operand or parameter by name, and what it names where that is here.
    pub(crate) fn copied(
        &mut self,
        other: &Self,
        node: Node,
        place: impl Fn(Id) -> Id,
    ) -> Result<Id, FormulaError> {
        match node {
            Node::Operand(place) => {
                let Named { name, view } = &other.operands[usize::from(place)];
                self.operand(name, *view)
            }
            Node::Parameter(place) => {
                let Given { name, default } = &other.parameters[usize::from(place)];
                self.parameter(name, *default)
            }
            node => self.add(node.map(place)),
        }
    }

    /// Which nodes these depend on, themselves included.
    pub(crate) fn reached(&self, from: impl Iterator<Item = Id>) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        from.for_each(|id| reached[usize::from(id)] = true);
        for (id, node) in self.nodes.iter().enumerate().rev() {
            if reached[id] {
                node.children().into_iter().for_each(|child| reached[usize::from(child)] = true);
            }
        }
        reached
    }

    /// Dropout of a node, by a draw of its own.
    pub(crate) fn dropout(&mut self, value: Id, probability: Id) -> Result<Id, Error> {
        let keep = self.keep(probability, self.next_draw())?;
        Ok(self.binary(Binary::Chain, value, keep)?)
    }

    /// The first draw that is not taken.
    pub(crate) fn next_draw(&self) -> u32 {
        self.draw_numbers().last().map_or(0, |draw| draw + 1)
    }

    /// Other numbers for the draws of the nodes from this one on: equal ones for equal ones.
    pub(crate) fn number_draws(&mut self, from: usize, mut number: impl FnMut(u32) -> u32) {
        if !self.draws() {
            return;
        }
        for node in self.nodes.iter_mut().skip(from) {
            if let Node::Keep(_, draw) = node {
                *draw = number(*draw);
            }
        }
        self.known = (0..).zip(&self.nodes).map(|(id, node)| (*node, id)).collect();
    }

    /// What dropout multiplies with, by the draw of this number.
    pub(crate) fn keep(&mut self, probability: Id, draw: u32) -> Result<Id, Error> {
        match self.nodes[usize::from(probability)] {
            Node::Parameter(_) => {}
            node => check_probability(node.value().ok_or(FormulaError::Parameter {
                function: "dropout",
                parameter: "p",
                at: None,
            })?)?,
        }
        Ok(self.add(Node::Keep(probability, draw))?)
    }

    pub(crate) fn draws(&self) -> bool {
        !self.draw_numbers().is_empty()
    }

    /// Those that it has.
    pub(crate) fn draw_numbers(&self) -> BTreeSet<u32> {
        draw_numbers(&self.nodes)
    }

    /// Each node with its place.
    pub(crate) fn numbered(&self) -> impl DoubleEndedIterator<Item = (Id, &Node)> {
        self.nodes.iter().enumerate().map(|(id, node)| (id as Id, node))
    }

    pub(crate) fn value(&self, id: Id) -> Option<f32> {
        self.nodes[usize::from(id)].value()
    }

    /// Numbers among themselves, in f64 and rounded once; products with 1.
    fn simplified(&self, node: Node) -> Result<Simple, FormulaError> {
        let number = |value: f64| match value as f32 {
            value if value.is_finite() => Ok(Simple::New(Node::number(value))),
            value => Err(FormulaError::not_finite(value, "")),
        };
        match node {
            Node::Negate(a) => match (self.nodes[usize::from(a)], self.value(a)) {
                (Node::Negate(inner), _) => Ok(Simple::Known(inner)),
                // -0 is not a number of its own.
                (_, Some(value)) if value != 0.0 => Ok(Simple::New(Node::number(-value))),
                _ => Ok(Simple::New(node)),
            },
            Node::Binary(binary, a, b) => match (binary, self.value(a), self.value(b)) {
                (_, Some(a), Some(b)) => number(binary.of(a.into(), b.into())),
                (Binary::Multiply | Binary::Divide | Binary::Chain | Binary::Over, _, Some(1.0)) => {
                    Ok(Simple::Known(a))
                }
                (Binary::Multiply | Binary::Chain, Some(1.0), _) => Ok(Simple::Known(b)),
                _ => Ok(Simple::New(node)),
            },
            Node::Choose(comparison, [a, b, then, otherwise]) => match (self.value(a), self.value(b)) {
                (Some(a), Some(b)) if comparison.holds(a.into(), b.into()) => Ok(Simple::Known(then)),
                (Some(_), Some(_)) => Ok(Simple::Known(otherwise)),
                _ => Ok(Simple::New(node)),
            },
            Node::Call(call) if node.children().iter().all(|id| self.value(*id).is_some()) => {
                number(exact_call(&call, |id| self.value(id).map_or(f64::NAN, f64::from)))
            }
            node => Ok(Simple::New(node)),
        }
    }
}

/// A whole number or half of one, and not too large.
pub(crate) fn check_exponent(value: f32) -> Result<(), FormulaError> {
    if (2.0 * value).fract() == 0.0 && value.abs() <= MAX_EXPONENT {
        Ok(())
    } else {
        Err(FormulaError::Exponent { value, at: None })
    }
}

enum Simple {
    Known(Id),
    New(Node),
}
