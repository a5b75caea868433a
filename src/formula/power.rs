//! Powers in a formula, known again as what products, square roots and quotients they were written with.

use crate::error::FormulaError;
use crate::formula::node::{Binary, Id, MAX_EXPONENT, Node, Part};
use crate::formula::nodes::Nodes;
use crate::table::{Handle, Kind};

/// A node that is `base` to the power of `exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Power {
    pub(crate) base: Id,
    pub(crate) exponent: f32,
}

impl Power {
    /// A node as its own first power.
    const fn first(base: Id) -> Self {
        Self { base, exponent: 1.0 }
    }

    /// p x^(p - 1).
    pub(crate) fn slope(self, nodes: &mut Nodes) -> Result<Id, FormulaError> {
        let (exponent, power) = (nodes.number(self.exponent)?, nodes.power(self.base, self.exponent - 1.0)?);
        nodes.binary(Binary::Multiply, exponent, power)
    }
}

impl Nodes {
    /// A product with a square root in it, `x * sqrt(x)`. By the rule for products its derivative at 0 would be 0 * inf.
    pub(crate) fn half_power(&self, id: Id) -> Option<Power> {
        self.power_of(id).filter(|power| power.exponent.fract() != 0.0)
    }

    /// What a quotient divides by. By the rules for quotients and products, the derivative of `1 / (x * x)` at infinity would be 0 * inf.
    pub(crate) fn divisor(&self, id: Id) -> Power {
        self.power_of(id).unwrap_or(Power::first(id))
    }

    /// A product of equal factors, square roots of them among those: of the smallest.
    fn power_of(&self, id: Id) -> Option<Power> {
        let (mut factor, mut found) = (id, None);
        while let Node::Binary(Binary::Multiply, first, _) = self.nodes[usize::from(factor)] {
            factor = first;
            let base = self.under_root(factor).unwrap_or(factor);
            let halves = self.halves(id, base, (2.0 * MAX_EXPONENT) as u16);
            found = halves.map(|halves| Power { base, exponent: 0.5 * f32::from(halves) }).or(found);
        }
        found
    }

    /// How many square roots of `base` this is a product of, if no more than so many.
    fn halves(&self, id: Id, base: Id, most: u16) -> Option<u16> {
        let halves = match self.nodes[usize::from(id)] {
            _ if id == base => 2,
            Node::Binary(Binary::Multiply, a, b) => {
                let first = self.halves(a, base, most)?;
                first + self.halves(b, base, most - first)?
            }
            _ if self.under_root(id) == Some(base) => 1,
            _ => return None,
        };
        (halves <= most).then_some(halves)
    }

    /// What this is the square root of.
    fn under_root(&self, id: Id) -> Option<Id> {
        match self.nodes[usize::from(id)] {
            Node::Call(call) if call.row == Handle(Kind::Sqrt.row()) && call.part == Part::Value => {
                Some(call.x)
            }
            _ => None,
        }
    }
}
