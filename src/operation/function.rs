//! Functions with the values of their parameters.

use std::fmt;

use crate::operation::gate::{Form, Gate};
use crate::operation::signature::What;
#[cfg(feature = "verify")]
use crate::table::row::Row;
use crate::table::{Activation, Kind};

/// What a step computes: an activation or a gate, with the values of its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Function {
    /// y = f(x)
    Activation(Activation),
    /// y of a value and a gate
    Gate(Gate),
}

impl Function {
    /// Which function, its parameters apart.
    pub(crate) fn what(&self) -> What {
        match self {
            Self::Activation(activation) => activation.kind().into(),
            Self::Gate(gate) => gate.kind().into(),
        }
    }

    /// The product that an activation stands for where a gate is wanted.
    pub(crate) fn gated(self) -> Self {
        match self {
            Self::Activation(activation) => Self::Gate(activation.into()),
            Self::Gate(_) => self,
        }
    }

    /// The activation whose parameters may be learned or drawn: itself, or that of a product.
    pub(crate) fn activation(&self) -> Option<Activation> {
        match self {
            Self::Activation(activation) | Self::Gate(Gate(Form::Product(activation))) => Some(*activation),
            Self::Gate(Gate(Form::Own(..))) => None,
        }
    }

    /// The activation's row, or that of the one which a gate calls.
    #[cfg(feature = "verify")]
    pub(crate) fn row(&self) -> &'static Row {
        match self {
            Self::Activation(activation) => activation.kind().row(),
            Self::Gate(gate) => gate.kind().activation().row(),
        }
    }

    /// The values that the WGSL functions take after their inputs.
    pub(crate) fn arguments(&self) -> Vec<f32> {
        match self {
            Self::Activation(activation) => activation.arguments(),
            Self::Gate(gate) => gate.arguments(),
        }
    }
}

impl From<Activation> for Function {
    fn from(activation: Activation) -> Self {
        Self::Activation(activation)
    }
}

impl From<Gate> for Function {
    fn from(gate: Gate) -> Self {
        Self::Gate(gate)
    }
}

impl From<Kind> for What {
    fn from(kind: Kind) -> Self {
        Self::of_row(kind.row())
    }
}

/// As it is parsed.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activation(activation) => activation.fmt(f),
            Self::Gate(gate) => gate.fmt(f),
        }
    }
}
