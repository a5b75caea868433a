//! Activations and gates as formulas, and from those the backward of their backward.

use crate::error::Error;
use crate::formula::node::{Binary, Id, Part, View};
use crate::formula::nodes::Nodes;
use crate::formula::{Formula, functions};
use crate::operation::{Form, Gate, GateKind};
use crate::table::row::MAX_PARAMETERS;
use crate::table::{Activation, Kind};

impl Activation {
    /// `y = f(x)`, with these parameters as numbers: `hardtanh(x, -inf, 1)`.
    ///
    /// # Errors
    /// None: every activation is a formula.
    pub fn formula(&self) -> Result<Formula, Error> {
        let mut nodes = Nodes::default();
        let x = nodes.operand("x", View::Element)?;
        let y = call(&mut nodes, *self, x)?;
        Formula::unnamed_result(nodes, y)
    }

    /// The backward of the backward dx = f'(x) dy, as one formula and so one kernel: from what arrives at `dx`, the operand `ddx`, the
    /// results `dx` = f''(x) dy · ddx, which goes on to x, and `ddy` = f'(x) ddx, which goes on to dy. It is what a loss that holds a
    /// derivative needs.
    ///
    /// Exact zeros of f' and f'' stop what arrives, infinity and NaN included. Where f'' is 0 everywhere, dy is not read.
    ///
    /// ```
    /// use wgpu_activations::Activation;
    /// let double = Activation::SILU.double_backward()?;
    /// assert_eq!(double.to_string(), "dx = chain(ddx, silu_second(x, dy)); ddy = silu_backward(x, ddx)");
    /// assert_eq!(double.operands().collect::<Vec<_>>(), ["ddx", "x", "dy"]);
    /// let [dx, ddy] = double.exact(&[2.0, 0.0, 3.0])[..] else { panic!() };
    /// assert_eq!((dx, ddy), (3.0, 1.0));
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Activation::formula`].
    pub fn double_backward(&self) -> Result<Formula, Error> {
        twice(&self.formula()?, &["x"], &["x", "dy"])
    }
}

impl Gate {
    /// `y` of the operands `value` and `gate`, with this gate's parameters as numbers: `y = chain(value, silu(gate))`, in which an
    /// activation of exactly 0 wins. An infinite limit or cap of the value is left out.
    ///
    /// # Errors
    /// As [`Activation::formula`].
    pub fn formula(&self) -> Result<Formula, Error> {
        let mut nodes = Nodes::default();
        let value = nodes.operand("value", View::Element)?;
        let gate = nodes.operand("gate", View::Element)?;
        let [value, factor] = match self.0 {
            Form::Product(activation) => [value, call(&mut nodes, activation, gate)?],
            Form::Own(kind, parameters) => own(&mut nodes, kind, parameters, [value, gate])?,
        };
        let y = nodes.binary(Binary::Chain, value, factor)?;
        Formula::unnamed_result(nodes, y)
    }

    /// The backward of the gate's backward, as one formula and so one kernel: of `value`, `gate`, `dy` and what arrives at the two
    /// gradients, `ddvalue` and `ddgate`, the results `dvalue`, `dgate` and `ddy`, with all mixed terms.
    ///
    /// ```
    /// use wgpu_activations::Gate;
    /// let double = Gate::SWIGLU.double_backward()?;
    /// assert_eq!(double.results().collect::<Vec<_>>(), ["dvalue", "dgate", "ddy"]);
    /// assert_eq!(double.operands().len(), 5);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Gate::formula`].
    pub fn double_backward(&self) -> Result<Formula, Error> {
        twice(&self.formula()?, &["value", "gate"], &["value", "gate", "dy"])
    }
}

/// The backward by the first operands, and of that the backward by the second ones.
fn twice(formula: &Formula, first: &[&str], second: &[&str]) -> Result<Formula, Error> {
    // Every operand has an element each, and so all gradients are in one formula.
    let once = formula.backward(first)?.swap_remove(0);
    Ok(once.backward(second)?.swap_remove(0))
}

/// The two factors of a gate that is no product of its value.
fn own(
    nodes: &mut Nodes,
    kind: GateKind,
    parameters: [f32; MAX_PARAMETERS],
    [value, gate]: [Id; 2],
) -> Result<[Id; 2], Error> {
    let [first, second, third, _] = parameters;
    let with = |kind, parameter| Activation::unchecked(kind, [parameter, 0.0, 0.0, 0.0]);
    match kind {
        GateKind::ClampedSwiglu => {
            let clamped = within(nodes, value, first)?;
            let offset = nodes.number(third)?;
            let gate = at_most(nodes, gate, first)?;
            Ok([nodes.binary(Binary::Add, clamped, offset)?, call(nodes, with(Kind::Swish, second), gate)?])
        }
        GateKind::SwigluStep => {
            let silu = call(nodes, Activation::SILU, gate)?;
            Ok([within(nodes, value, first)?, at_most(nodes, silu, first)?])
        }
        GateKind::SituGlu => {
            let capped = call(nodes, with(Kind::Softcap, first), gate)?;
            let sigmoid = call(nodes, Activation::SIGMOID, gate)?;
            let value =
                if second.is_finite() { call(nodes, with(Kind::Softcap, second), value)? } else { value };
            Ok([value, nodes.binary(Binary::Multiply, capped, sigmoid)?])
        }
        GateKind::Product(kind) => Ok([value, call(nodes, Activation::unchecked(kind, parameters), gate)?]),
    }
}

/// min(a, limit)
fn at_most(nodes: &mut Nodes, a: Id, limit: f32) -> Result<Id, Error> {
    if limit == f32::INFINITY {
        return Ok(a);
    }
    let limit = nodes.number(limit)?;
    Ok(nodes.binary(Binary::Minimum, a, limit)?)
}

/// a, kept between -limit and limit
fn within(nodes: &mut Nodes, a: Id, limit: f32) -> Result<Id, Error> {
    if limit == f32::INFINITY {
        return Ok(a);
    }
    let (low, above) = (nodes.number(-limit)?, at_most(nodes, a, limit)?);
    Ok(nodes.binary(Binary::Maximum, above, low)?)
}

fn call(nodes: &mut Nodes, activation: Activation, x: Id) -> Result<Id, Error> {
    let parameters = activation.parameters().iter().map(|value| nodes.limit(*value));
    let parameters = parameters.collect::<Result<Vec<Id>, _>>()?;
    functions::called(nodes, activation.kind().row(), Part::Value, x, &parameters)
}
