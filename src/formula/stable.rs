//! Forms that lose digits or overflow, and the functions of the table that do not.

use crate::error::Error;
use crate::formula::Formula;
use crate::formula::node::{Binary, Call, Id, Node, Output, Part};
use crate::formula::nodes::Nodes;
use crate::table::{Handle, Kind};

/// A part of a formula that a function of the table computes without losing digits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StableForm {
    /// As it is written: `log(1 + exp(x))`.
    pub written: String,
    /// What is the same, and stable: `softplus(x, 1, 20)`.
    pub stable: String,
}

impl std::fmt::Display for StableForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}, which keeps its digits and does not overflow", self.written, self.stable)
    }
}

impl Formula {
    /// The same formula with functions of the table where well-known forms are written out that lose digits or overflow, and which
    /// they were. Nothing of a formula is ever replaced but by this.
    ///
    /// It knows 1/(1 + exp(-u)), exp(u)/(1 + exp(u)), u/(1 + exp(-u)), log(1 + exp(u)), log(1 + u), exp(u) - 1, 1 - tanh(u)^2,
    /// u/(1 + abs(u)), u * sigmoid(u) and both GELUs.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let naive: Formula = "x * tanh(log(1 + exp(x)))".parse()?;
    /// let (stable, replaced) = naive.stable()?;
    /// assert_eq!(stable.to_string(), "x * tanh(softplus(x, 1, 20))");
    /// assert_eq!(replaced[0].written, "log(1 + exp(x))");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// None that the formula itself did not have; [`FormulaError::TooLarge`](crate::FormulaError::TooLarge) where it has just not.
    pub fn stable(&self) -> Result<(Self, Vec<StableForm>), Error> {
        let mut nodes = self.nodes.names();
        let mut places: Vec<Id> = Vec::new();
        let mut replaced = Vec::new();
        for node in &self.nodes.nodes {
            let new = node.map(|id| places[usize::from(id)]);
            let id = nodes.add(new)?;
            let form = Forms { nodes: &mut nodes }.stable(id)?;
            if let Some(stable) = form {
                let text = |id| written(&nodes, id);
                replaced.push((stable, StableForm { written: text(id), stable: text(stable) }));
            }
            places.push(form.unwrap_or(id));
        }
        let outputs = self.outputs.iter();
        let outputs = outputs
            .map(|Output { named, node }| Output { named: named.clone(), node: places[usize::from(*node)] });
        let outputs: Vec<Output> = outputs.collect();
        // What was replaced in something that was replaced itself is no longer there.
        let reached = nodes.reached(outputs.iter().map(|output| output.node));
        let forms = replaced.into_iter().filter(|(stable, _)| reached[usize::from(*stable)]);
        let forms = forms.map(|(_, form)| form).collect();
        Ok((Self::new(nodes, outputs)?, forms))
    }
}

fn written(nodes: &Nodes, id: Id) -> String {
    Formula { nodes: nodes.clone(), outputs: Vec::new() }.written_out(id)
}

struct Forms<'a> {
    nodes: &'a mut Nodes,
}

impl Forms<'_> {
    /// What is the same as this node.
    fn stable(&mut self, id: Id) -> Result<Option<Id>, Error> {
        let found = match self.node(id) {
            Node::Binary(Binary::Divide, a, b) => {
                let logistic = self.logistic(a, b)?;
                logistic.or_else(|| self.softsign(a, b)).or_else(|| self.product(id))
            }
            Node::Binary(Binary::Subtract, a, b) if self.is_number(b, 1.0) => {
                self.called(a, Kind::Exp).map(|argument| (Kind::Expm1, argument))
            }
            Node::Binary(Binary::Add, a, b) => self.less_one(a, b).or_else(|| self.less_one(b, a)),
            Node::Binary(Binary::Subtract, a, b) if self.is_number(a, 1.0) => return self.slope_of_tanh(b),
            Node::Binary(Binary::Multiply, ..) => self.product(id),
            Node::Call(call) if call.part == Part::Value && call.row == Handle(Kind::Log.row()) => {
                match self.beside_one(call.x) {
                    Some(inner) => match self.called(inner, Kind::Exp) {
                        Some(argument) => Some((Kind::Softplus, argument)),
                        None => Some((Kind::Log1p, inner)),
                    },
                    None => None,
                }
            }
            Node::Call(call) if call.part == Part::Value && call.row == Handle(Kind::Log1p.row()) => {
                self.called(call.x, Kind::Exp).map(|argument| (Kind::Softplus, argument))
            }
            _ => None,
        };
        found.map(|(kind, argument)| self.call(kind, argument)).transpose()
    }

    fn node(&self, id: Id) -> Node {
        self.nodes.nodes[usize::from(id)]
    }

    fn is_number(&self, id: Id, number: f32) -> bool {
        self.nodes.value(id) == Some(number)
    }

    /// The function with its default parameters.
    fn call(&mut self, kind: Kind, x: Id) -> Result<Id, Error> {
        let mut parameters = Vec::new();
        for parameter in kind.parameters() {
            parameters.push(self.nodes.number(parameter.default.unwrap_or_default())?);
        }
        Ok(self.nodes.add(Node::Call(Call::new(kind.row(), Part::Value, x, &parameters)))?)
    }

    /// The argument of a call of this function.
    fn called(&self, id: Id, kind: Kind) -> Option<Id> {
        match self.node(id) {
            Node::Call(call) if call.row == Handle(kind.row()) && call.part == Part::Value => Some(call.x),
            _ => None,
        }
    }

    /// u of 1 + u.
    fn beside_one(&self, id: Id) -> Option<Id> {
        match self.node(id) {
            Node::Binary(Binary::Add, a, b) if self.is_number(a, 1.0) => Some(b),
            Node::Binary(Binary::Add, a, b) if self.is_number(b, 1.0) => Some(a),
            _ => None,
        }
    }

    /// -1 + exp(u)
    fn less_one(&self, a: Id, b: Id) -> Option<(Kind, Id)> {
        let argument = self.called(b, Kind::Exp).filter(|_| self.is_number(a, -1.0));
        argument.map(|argument| (Kind::Expm1, argument))
    }

    /// 1/(1 + exp(-u)), exp(u)/(1 + exp(u)), and u/(1 + exp(-u)).
    fn logistic(&mut self, a: Id, b: Id) -> Result<Option<(Kind, Id)>, Error> {
        let Some(exponent) = self.beside_one(b).and_then(|inner| self.called(inner, Kind::Exp)) else {
            return Ok(None);
        };
        if self.called(a, Kind::Exp) == Some(exponent) {
            return Ok(Some((Kind::Sigmoid, exponent)));
        }
        let argument = self.nodes.add(Node::Negate(exponent))?;
        let kind = if self.is_number(a, 1.0) { Some(Kind::Sigmoid) } else { None };
        let kind = kind.or((a == argument).then_some(Kind::Silu));
        Ok(kind.map(|kind| (kind, argument)))
    }

    /// u/(1 + abs(u))
    fn softsign(&self, a: Id, b: Id) -> Option<(Kind, Id)> {
        let inner = self.beside_one(b).and_then(|inner| self.called(inner, Kind::Abs));
        (inner == Some(a)).then_some((Kind::Softsign, a))
    }

    /// 1 - tanh(u)^2, as the derivative that it is.
    fn slope_of_tanh(&mut self, square: Id) -> Result<Option<Id>, Error> {
        let Node::Binary(Binary::Multiply, a, b) = self.node(square) else { return Ok(None) };
        let Some(x) = self.called(a, Kind::Tanh).filter(|_| a == b) else { return Ok(None) };
        let one = self.nodes.number(1.0)?;
        Ok(Some(self.nodes.add(Node::Call(Call::new(Kind::Tanh.row(), Part::Slope(one), x, &[])))?))
    }

    /// u * sigmoid(u), and the GELUs.
    fn product(&self, id: Id) -> Option<(Kind, Id)> {
        let (number, factors) = self.factors(id);
        let [a, b] = factors[..] else { return None };
        for (u, other) in [(a, b), (b, a)] {
            if number == 1.0 && self.called(other, Kind::Sigmoid) == Some(u) {
                return Some((Kind::Silu, u));
            }
            let Some(inner) = self.beside_one(other).filter(|_| number == 0.5) else { continue };
            if self
                .called(inner, Kind::Erf)
                .is_some_and(|argument| self.is_scaled(argument, u, 0.5f64.sqrt()))
            {
                return Some((Kind::GeluErf, u));
            }
            if self.called(inner, Kind::Tanh).is_some_and(|argument| self.is_cubic(argument, u)) {
                return Some((Kind::GeluTanh, u));
            }
        }
        None
    }

    /// A product's number, and its other factors.
    fn factors(&self, id: Id) -> (f64, Vec<Id>) {
        let (mut number, mut factors, mut waiting) = (1.0, Vec::new(), vec![id]);
        while let Some(id) = waiting.pop() {
            match self.node(id) {
                Node::Binary(Binary::Multiply, a, b) => waiting.extend([b, a]),
                Node::Binary(Binary::Divide, a, b) if self.nodes.value(b).is_some() => {
                    number /= self.nodes.value(b).map_or(1.0, f64::from);
                    waiting.push(a);
                }
                node => match node.value() {
                    Some(value) => number *= f64::from(value),
                    None => factors.push(id),
                },
            }
        }
        (number, factors)
    }

    /// Whether it is u times this number, as people write it: to four digits or more.
    fn is_scaled(&self, id: Id, u: Id, by: f64) -> bool {
        let (number, factors) = self.factors(id);
        factors == [u] && (number - by).abs() < 1e-4 * by
    }

    /// sqrt(2/pi) (u + 0.044715 u^3), or sqrt(2/pi) u (1 + 0.044715 u^2)
    fn is_cubic(&self, id: Id, u: Id) -> bool {
        let (number, factors) = self.factors(id);
        let by = (2.0 / std::f64::consts::PI).sqrt();
        let (power, exponent) = match factors[..] {
            [sum] => match self.node(sum) {
                Node::Binary(Binary::Add, first, cube) if first == u => (Some(cube), 3),
                _ => (None, 0),
            },
            [first, sum] if first == u => (self.beside_one(sum), 2),
            _ => (None, 0),
        };
        let (coefficient, powers) = power.map_or((0.0, Vec::new()), |power| self.factors(power));
        (number - by).abs() < 1e-4 * by
            && powers == vec![u; exponent]
            && (coefficient - 0.044715).abs() < 1e-6
    }
}
