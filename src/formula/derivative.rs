//! Derivatives by exact rules, backwards over a formula's nodes: what arrives at a node goes on to those that it names.
//!
//! A function's derivative is its row's own, so that its zeros, tails and kinks hold. A factor of exactly 0 stops what arrives.

use crate::error::{Error, FormulaError};
use crate::formula::guard::{Arriving, Guards, Side, sides};
use crate::formula::node::{Binary, Call, Id, Named, Node, Output, Part, View};
use crate::formula::nodes::Nodes;
use crate::formula::{Formula, functions};

impl Formula {
    /// The gradients of these operands, as formulas: the ones with an element each in one, and one for each that is shared by elements,
    /// `dbias[c]`, which sums. What arrives at a result `y` is an operand `dy`, and the gradient of `x` a result `dx`. Intermediate values
    /// are computed again, not stored. Where a shared operand is only added, its gradient is the sum of one with an element each, and
    /// where that is kept anyway, summing it costs less: `"dbias[c] = dx"` is a formula, too.
    ///
    /// A derivative of exactly 0 stops whatever arrives, infinity and NaN included. Kinks are those of the table; abs and max have the
    /// derivative 0 there by a variable that is compared with a number, and half of what arrives each where both are variables.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let layer: Formula = "gelu_erf(x + bias[c]) * gate".parse()?;
    /// let [elementwise, bias] = &layer.backward(&["x", "gate", "bias"])?[..] else { panic!() };
    /// assert_eq!(
    ///     elementwise.to_string(),
    ///     "dx = gelu_erf_backward(t1, chain(dy, gate)); dgate = chain(dy, gelu_erf(t1)) where t1 = x + bias[c]"
    /// );
    /// assert_eq!(bias.to_string(), "dbias[c] = gelu_erf_backward(x + bias[c], chain(dy, gate))");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// What arrives at the result of `x = ...` is called `dx`, and so is the gradient by `x`, which takes its place. It comes last, since the sums
    /// read what arrived: record gradients in the order in which they come.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let [bias, in_place] = &"x = relu(x + b[c])".parse::<Formula>()?.backward(&["x", "b"])?[..] else { panic!() };
    /// assert_eq!(bias.to_string(), "db[c] = relu_backward(x + b[c], dx)");
    /// assert_eq!(in_place.to_string(), "dx = relu_backward(x + b[c], dx)");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// A gradient is a formula like any other, and has gradients: those by `x` and by `dy` of `dx = silu_backward(x, dy)` are what a loss
    /// that holds a derivative asks for. There, functions have second derivatives, `silu_second`; third ones they have not.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let gradient = "silu(x)".parse::<Formula>()?.backward(&["x"])?.remove(0);
    /// let double = gradient.backward(&["x", "dy"])?.remove(0);
    /// assert_eq!(double.to_string(), "dx = chain(ddx, silu_second(x, dy)); ddy = silu_backward(x, ddx)");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FormulaError::UnknownOperand`]; [`FormulaError::NoDerivative`] where a function lacks one; [`FormulaError::NameTwice`] if the
    /// name of a gradient is taken.
    pub fn backward(&self, operands: &[&str]) -> Result<Vec<Self>, Error> {
        let mut nodes = self.nodes.clone();
        let mut arriving = Arriving::new(Guards::of(&self.nodes, &self.outputs));
        for Output { named, node } in &self.outputs {
            let dy = nodes.operand(&self.free("d", &named.name)?, named.view)?;
            arriving.arrive(&mut nodes, *node, dy)?;
        }
        let mut wanted = Vec::new();
        for name in operands {
            wanted.push(self.operand_named(name)?);
        }
        let needed = self.depends_on(&wanted);
        let mut arrived: Vec<Option<Id>> = vec![None; needed.len()];
        for (id, node) in self.nodes.numbered().rev().filter(|(id, _)| needed[usize::from(*id)]) {
            let Some(dy) = arriving.at(&mut nodes, id)? else { continue };
            arrived[usize::from(id)] = Some(dy);
            let to = |nodes: &mut Nodes, side: Option<Side>, child: Id, value: Id| match needed
                [usize::from(child)]
            {
                true => arriving.pass(nodes, id, side, child, value),
                false => Ok(()),
            };
            let blame = |argument| self.first_behind(&wanted, argument);
            Rule { nodes: &mut nodes, id, dy, needed: &needed, blame: &blame }.apply(*node, to)?;
        }
        let mut elementwise = Vec::new();
        let mut sums = Vec::new();
        for place in wanted {
            let Named { name, view } = self.nodes.operands[place].clone();
            let node = self.nodes.nodes.iter().position(|node| *node == Node::Operand(place as u16));
            let node = match node.and_then(|node| arrived[node]) {
                Some(id) => id,
                None => nothing(&mut nodes, &self.outputs)?,
            };
            let output = Output { named: Named { name: format!("d{name}"), view }, node };
            if view == View::Element { elementwise.push(output) } else { sums.push(vec![output]) }
        }
        let groups = std::iter::once(elementwise).filter(|group| !group.is_empty()).chain(sums);
        let mut gradients =
            groups.map(|outputs| Self::new(nodes.clone(), outputs)).collect::<Result<Vec<Self>, Error>>()?;
        gradients.sort_by_key(Self::is_in_place);
        Ok(gradients)
    }

    /// Whether a result takes the place of an operand.
    fn is_in_place(&self) -> bool {
        self.result_names().any(|result| self.reads(result))
    }

    /// The gradients by all operands: [`Formula::backward`] of all their names.
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let gradients = "relu(x) * w[]".parse::<Formula>()?.gradients()?;
    /// assert_eq!(gradients[0].to_string(), "dx = relu_backward(x, chain(dy, w[]))");
    /// assert_eq!(gradients[1].to_string(), "dw[] = chain(dy, relu(x))");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Formula::backward`]: why the formula, which may have values all the same, has no gradients.
    pub fn gradients(&self) -> Result<Vec<Self>, Error> {
        self.backward(&self.operand_names().collect::<Vec<_>>())
    }

    /// The value and its tangent in one pass: a result `ty` beside each `y`, which is the sum of the derivatives by these operands, each
    /// times a tangent of its own, `tx` for `x`. By the same rules as [`Formula::backward`].
    ///
    /// ```
    /// use wgpu_activations::Formula;
    /// let both = "tanh(x) * z".parse::<Formula>()?.forward_mode(&["x", "z"])?;
    /// assert_eq!(both.results().collect::<Vec<_>>(), ["y", "ty"]);
    /// assert_eq!(both.exact(&[0.0, 3.0, 1.0, 0.5]), [0.0, 3.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Formula::backward`].
    pub fn forward_mode(&self, operands: &[&str]) -> Result<Self, Error> {
        let mut nodes = self.nodes.clone();
        let wanted = operands.iter().map(|name| self.operand_named(name)).collect::<Result<Vec<_>, _>>()?;
        let needed = self.depends_on(&wanted);
        let mut tangents: Vec<Option<Id>> = vec![None; needed.len()];
        for (id, node) in self.nodes.nodes.iter().enumerate().filter(|(id, _)| needed[*id]) {
            if let Node::Operand(place) = node {
                let Named { name, view } = &self.nodes.operands[usize::from(*place)];
                tangents[id] = Some(nodes.operand(&self.free("t", name)?, *view)?);
                continue;
            }
            for child in passed_to(&self.nodes, id as Id, *node) {
                let Some(tangent) = tangents[usize::from(child)] else { continue };
                let only: Vec<bool> = (0..needed.len()).map(|other| other == usize::from(child)).collect();
                let mut sum = tangents[id];
                let to = |nodes: &mut Nodes, side: Option<Side>, to: Id, value: Id| {
                    if to != child {
                        return Ok(());
                    }
                    let value = side.map_or(Ok(value), |side| side.pass(nodes, value))?;
                    accumulate(nodes, &mut sum, value)
                };
                let blame = |argument| self.first_behind(&wanted, argument);
                let (id, dy) = (id as Id, tangent);
                Rule { nodes: &mut nodes, id, dy, needed: &only, blame: &blame }.apply(*node, to)?;
                tangents[usize::from(id)] = sum;
            }
        }
        let mut outputs = self.outputs.clone();
        for Output { named: Named { name, view }, node } in &self.outputs {
            let node = match tangents[usize::from(*node)] {
                Some(tangent) => tangent,
                None => nodes.number(0.0)?,
            };
            outputs.push(Output { named: Named { name: self.free("t", name)?, view: *view }, node });
        }
        Self::new(nodes, outputs)
    }

    /// A name for what belongs to this one.
    fn free(&self, prefix: &str, name: &str) -> Result<String, FormulaError> {
        let name = format!("{prefix}{name}");
        match self.nodes.operands.iter().any(|operand| operand.name == name) {
            true => Err(FormulaError::name_twice(&name)),
            false => Ok(name),
        }
    }

    /// The first of these operands that a node depends on.
    fn first_behind(&self, operands: &[usize], id: Id) -> String {
        let mut behind = operands.iter().filter(|place| self.depends_on(&[**place])[usize::from(id)]);
        behind.next().map_or_else(String::new, |place| self.nodes.operands[*place].name.clone())
    }

    /// Which nodes depend on one of these operands.
    fn depends_on(&self, operands: &[usize]) -> Vec<bool> {
        let mut depends: Vec<bool> = Vec::with_capacity(self.nodes.nodes.len());
        for node in &self.nodes.nodes {
            let own = matches!(node, Node::Operand(place) if operands.contains(&usize::from(*place)));
            let depending = own || node.children().iter().any(|child| depends[usize::from(*child)]);
            depends.push(depending);
        }
        depends
    }
}

/// A derivative of 0. What arrives stays in the formula: it says how many terms a sum of zeros has.
fn nothing(nodes: &mut Nodes, outputs: &[Output]) -> Result<Id, FormulaError> {
    let zero = nodes.number(0.0)?;
    match outputs.first() {
        None => Ok(zero),
        Some(output) => {
            let dy = nodes.operand(&format!("d{}", output.named.name), output.named.view)?;
            nodes.binary(Binary::Chain, dy, zero)
        }
    }
}

fn accumulate(nodes: &mut Nodes, place: &mut Option<Id>, value: Id) -> Result<(), FormulaError> {
    *place = Some(match *place {
        None => value,
        Some(sum) => nodes.binary(Binary::Add, sum, value)?,
    });
    Ok(())
}

/// The nodes to which a node's rule passes something on, each once: those that it names, or what it is a power of.
fn passed_to(nodes: &Nodes, id: Id, node: Node) -> Vec<Id> {
    let mut passed_to = match node {
        Node::Binary(Binary::Divide | Binary::Over, a, b) => vec![a, nodes.divisor(b).base],
        _ => nodes.half_power(id).map_or_else(|| node.children(), |power| vec![power.base]),
    };
    passed_to.sort_unstable();
    passed_to.dedup();
    passed_to
}

/// One node, and what arrives at it.
struct Rule<'a> {
    nodes: &'a mut Nodes,
    id: Id,
    dy: Id,
    needed: &'a [bool],
    /// The operand that an argument of a function without derivative is of.
    blame: &'a dyn Fn(Id) -> String,
}

impl Rule<'_> {
    fn apply(
        self,
        node: Node,
        mut to: impl FnMut(&mut Nodes, Option<Side>, Id, Id) -> Result<(), FormulaError>,
    ) -> Result<(), Error> {
        let Self { nodes, id, dy, .. } = self;
        match node {
            Node::Number(_) | Node::Operand(_) | Node::Parameter(_) | Node::Keep(..) => {}
            Node::Negate(a) => {
                let value = nodes.add(Node::Negate(dy))?;
                to(nodes, None, a, value)?;
            }
            Node::Choose(..) | Node::Binary(Binary::Minimum | Binary::Maximum, ..) => {
                for (side, child) in sides(id, node) {
                    to(nodes, Some(side), child, dy)?;
                }
            }
            Node::Binary(binary, a, b) => {
                for (child, value) in by_operands(nodes, binary, [a, b], id, dy, self.needed)? {
                    to(nodes, None, child, value)?;
                }
            }
            Node::Call(call) => {
                for (child, value) in by_arguments(nodes, call, dy, self.needed, self.blame)? {
                    to(nodes, None, child, value)?;
                }
            }
        }
        Ok(())
    }
}

/// What goes on to the operands of a node that gives neither of them.
fn by_operands(
    nodes: &mut Nodes,
    binary: Binary,
    [a, b]: [Id; 2],
    result: Id,
    dy: Id,
    needed: &[bool],
) -> Result<Vec<(Id, Id)>, FormulaError> {
    if let Some(power) = nodes.half_power(result) {
        let slope = power.slope(nodes)?;
        return Ok(vec![(power.base, nodes.binary(Binary::Chain, dy, slope)?)]);
    }
    let mut all = Vec::new();
    if needed[usize::from(a)] {
        all.push((a, by_first(nodes, binary, b, dy)?));
    }
    let second = match binary {
        Binary::Divide | Binary::Over => nodes.divisor(b).base,
        _ => b,
    };
    if needed[usize::from(second)] {
        all.push((second, by_second(nodes, binary, [a, b], result, dy)?));
    }
    Ok(all)
}

fn by_first(nodes: &mut Nodes, binary: Binary, other: Id, dy: Id) -> Result<Id, FormulaError> {
    match binary {
        Binary::Multiply | Binary::Chain => nodes.binary(Binary::Chain, dy, other),
        // What is known when a step is made is finite.
        Binary::Divide if nodes.nodes[usize::from(other)].is_fixed() => {
            nodes.binary(Binary::Divide, dy, other)
        }
        Binary::Divide | Binary::Over => nodes.binary(Binary::Over, dy, other),
        Binary::Add | Binary::Subtract | Binary::Minimum | Binary::Maximum => Ok(dy),
    }
}

fn by_second(
    nodes: &mut Nodes,
    binary: Binary,
    [a, b]: [Id; 2],
    result: Id,
    dy: Id,
) -> Result<Id, FormulaError> {
    match binary {
        Binary::Subtract => nodes.add(Node::Negate(dy)),
        Binary::Multiply | Binary::Chain => nodes.binary(Binary::Chain, dy, a),
        // a/x^p by x is -p (a/x^p)/x.
        Binary::Divide | Binary::Over => {
            let power = nodes.divisor(b);
            let scaled = nodes.binary(Binary::Chain, dy, result)?;
            let over = nodes.binary(Binary::Divide, scaled, power.base)?;
            let exponent = nodes.number(power.exponent)?;
            let times = nodes.binary(Binary::Multiply, exponent, over)?;
            nodes.add(Node::Negate(times))
        }
        Binary::Add | Binary::Minimum | Binary::Maximum => Ok(dy),
    }
}

/// What goes on to the arguments of a call.
fn by_arguments(
    nodes: &mut Nodes,
    call: Call,
    dy: Id,
    needed: &[bool],
    blame: &dyn Fn(Id) -> String,
) -> Result<Vec<(Id, Id)>, Error> {
    let row = call.row.0;
    let none = |by: &str, argument: Id| FormulaError::NoDerivative {
        function: row.name,
        by: by.to_owned(),
        operand: blame(argument),
    };
    let asked = |id: Id| needed[usize::from(id)];
    let parameters = call.parameters().to_vec();
    let mut result = Vec::new();
    match call.part {
        Part::Value => {
            if asked(call.x) {
                result.push((call.x, functions::called(nodes, row, Part::Slope(dy), call.x, &parameters)?));
            }
            for (place, id) in parameters.iter().enumerate().filter(|(_, id)| asked(**id)) {
                let name = row.parameters[place].name;
                let index = row.learnable.iter().position(|learnable| learnable.parameter == name);
                let index =
                    index.and_then(|index| u8::try_from(index).ok()).ok_or_else(|| none(name, *id))?;
                let part = Part::ByParameter(index, dy);
                result.push((*id, functions::called(nodes, row, part, call.x, &parameters)?));
            }
        }
        part => {
            if let Some(arriving) = part.arriving() {
                result = of_derivative(nodes, call, arriving, dy, &asked, &none)?;
            }
        }
    }
    Ok(result)
}

/// What goes on from a derivative that is multiplied with what arrives: it is linear in that, and by all else it is a second derivative.
/// One of exactly 0 passes nothing on.
fn of_derivative(
    nodes: &mut Nodes,
    call: Call,
    arriving: Id,
    dy: Id,
    asked: &impl Fn(Id) -> bool,
    none: &impl Fn(&str, Id) -> FormulaError,
) -> Result<Vec<(Id, Id)>, Error> {
    let (row, parameters) = (call.row.0, call.parameters());
    let mut result = Vec::new();
    if asked(arriving) {
        let part = call.part.with_arriving(|_| dy);
        result.push((arriving, functions::called(nodes, row, part, call.x, parameters)?));
    }
    // By x, and by each parameter.
    for place in std::iter::once(None).chain((0..parameters.len()).map(Some)) {
        let child = place.map_or(call.x, |place| parameters[place]);
        if !asked(child) {
            continue;
        }
        let second = match call.part {
            Part::Slope(_) => Some(place.map(|place| row.parameters[place].name)),
            Part::ByParameter(index, _) if place.is_none() => {
                Some(Some(row.learnable[usize::from(index)].parameter))
            }
            _ => None,
        };
        match second.and_then(|by| functions::second(row, by, arriving)) {
            Some(Some(part)) => {
                let second = functions::called(nodes, row, part, call.x, parameters)?;
                result.push((child, nodes.binary(Binary::Chain, dy, second)?));
            }
            Some(None) => {}
            None => {
                let by = place.map_or("its input", |place| row.parameters[place].name);
                return Err(none(&format!("{} and {by}", call.part.by(row)), child).into());
            }
        }
    }
    Ok(result)
}
