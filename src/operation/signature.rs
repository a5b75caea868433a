//! Operations, and their signatures: all that composition, planning and the host need to know of what is computed.

use std::borrow::Cow;
use std::fmt;

use crate::error::Error;
use crate::formula::{Composed, FUNCTION, FormulaOperand as Operand, View};
use crate::operation::direction::Direction;
use crate::operation::gate::{GateArguments, GateKind, GateRow};
use crate::operation::port::Port;
use crate::operation::rows::{Additions, RowBody, RowKind, Sinks};
use crate::table::Handle;
use crate::table::row::Row;

/// What is computed, its parameters' values and its operands apart: half of a pipeline's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub(crate) what: What,
    pub(crate) direction: Direction,
}

/// Which function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Activation(Handle<Row>),
    /// A gate, and the activation that it calls.
    Gate(Handle<GateRow>, Handle<Row>),
    Formula(Handle<Composed>),
    Rows(RowKind, Additions),
}

impl What {
    /// A row of the table or any other.
    pub(crate) const fn of_row(row: &'static Row) -> Self {
        Self::Activation(Handle(row))
    }

    /// The activation, or the one that a gate calls.
    pub(crate) fn row(self) -> Option<&'static Row> {
        match self {
            Self::Activation(row) | Self::Gate(_, row) => Some(row.0),
            Self::Formula(_) | Self::Rows(..) => None,
        }
    }

    /// What its WGSL functions take after their inputs.
    pub(crate) fn arguments(self) -> Arguments {
        match self {
            Self::Gate(gate, row) => match gate.arguments {
                GateArguments::OfActivation => Arguments::Row(row),
                GateArguments::Own(names) => Arguments::Values(names.len()),
            },
            Self::Activation(row) => Arguments::Row(row),
            Self::Formula(formula) => Arguments::Formula(formula),
            Self::Rows(kind, _) => Arguments::Values(kind.arguments().len()),
        }
    }

    /// As errors have it: the activation's name, also of a product's, or the gate's own.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gate(gate, _) if gate.arguments != GateArguments::OfActivation => gate.0.name,
            Self::Activation(row) | Self::Gate(_, row) => row.0.name,
            Self::Formula(formula) => &formula.0.text,
            Self::Rows(kind, _) => kind.name(),
        }
    }
}

/// As labels have it: `silu`, `gated silu`, `clamped_swiglu`.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gate(gate, row) if gate.arguments == GateArguments::OfActivation => {
                write!(f, "gated {}", row.name)
            }
            Self::Rows(kind, Additions { bias, causal, sinks, noise }) => {
                let bias = if *bias { "biased " } else { "" };
                let causal = if *causal { "causal " } else { "" };
                let noise = if *noise { "gumbel " } else { "" };
                let sinks = match sinks {
                    Sinks::None => "",
                    Sinks::One => " with a sink",
                    Sinks::Rows => " with sinks",
                };
                write!(f, "{bias}{causal}{noise}{kind}{sinks}")
            }
            _ => f.write_str(self.name()),
        }
    }
}

impl From<GateKind> for What {
    fn from(gate: GateKind) -> Self {
        Self::Gate(Handle(gate.row()), Handle(gate.activation().row()))
    }
}

/// What there is to know of an operation: all that composes, plans, binds, computes and checks it reads this.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    /// The files of `shaders/` that it calls, without what those need.
    pub(crate) sources: Vec<&'static str>,
    /// The WGSL function of one element.
    pub(crate) function: String,
    /// Where its results are in what it returns.
    pub(crate) components: &'static [&'static str],
    /// What it takes after its inputs.
    pub(crate) arguments: Arguments,
    /// Functions that it calls by these names, which take the arguments in its place.
    pub(crate) adaptors: Vec<Adaptor>,
    /// What the shell of rows calls in place of the function.
    pub(crate) rows: Option<RowBody>,
    /// The function itself, where it is in no file.
    pub(crate) definition: Cow<'static, str>,
}

impl Signature {
    /// Whether what is read to be summed is read again for results, so that it may be held: of a function of rows. One that sums in many rounds
    /// reads more often, but the barriers of the many invocations that this takes cost it more than reading.
    pub(crate) fn reads_rows_again(&self) -> bool {
        let has_results = self.outputs.iter().any(|port| !matches!(port, Port::Row { .. }));
        self.rows.is_some_and(|body| body.rounds == 1) && has_results
    }
}

/// What a WGSL function takes after its inputs: parameters, then what is derived from those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// A row's: they may be learned or drawn.
    Row(Handle<Row>),
    /// So many values.
    Values(usize),
    /// A formula's: operands that elements share, then values.
    Formula(Handle<Composed>),
}

/// An operand that elements share: a learned parameter, or a formula's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SharedOperand {
    /// As errors have it.
    pub(crate) name: &'static str,
    /// As formulas have it: `bias[c]`.
    pub(crate) written: &'static str,
    /// As shaders have it.
    pub(crate) variable: &'static str,
    /// Which of the ways to see the tensor says who shares it.
    pub(crate) view: usize,
}

/// A function by the name that another one calls it by: an activation whose parameters are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adaptor {
    pub(crate) name: &'static str,
    pub(crate) inputs: &'static [&'static str],
    pub(crate) function: String,
}

impl Arguments {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Row(row) => row.parameters.len() + row.derived.len(),
            Self::Values(count) => count,
            Self::Formula(formula) => formula.value_count(),
        }
    }

    /// Names of the parameters that can be learned.
    pub(crate) fn learnable(self) -> impl ExactSizeIterator<Item = &'static str> {
        let learnable = match self {
            Self::Row(row) => row.0.learnable,
            Self::Values(_) | Self::Formula(_) => &[],
        };
        learnable.iter().map(|learnable| learnable.parameter)
    }

    /// The operands that elements share, where parameters are learned; a formula's.
    pub(crate) fn shared(self) -> Vec<SharedOperand> {
        match self {
            Self::Formula(formula) => {
                let view = |of: View| formula.views.iter().position(|view| *view == of);
                let shared = formula.0.operands.iter().filter_map(|operand| {
                    let view = view(operand.view)?;
                    let Operand { name, written, variable, .. } = *operand;
                    Some(SharedOperand { name, written, variable, view })
                });
                shared.collect()
            }
            _ => {
                let learned = |name| SharedOperand { name, written: name, variable: name, view: 0 };
                self.learnable().map(learned).collect()
            }
        }
    }

    /// Whether they can be drawn for each element anew.
    pub(crate) fn draws(self) -> bool {
        matches!(self, Self::Row(row) if row.draws)
    }
}

impl Operation {
    pub(crate) fn new(what: impl Into<What>, direction: Direction) -> Self {
        Self { what: what.into(), direction }
    }

    /// Whether there is such an operation, for some parameters at least.
    pub(crate) fn check(self) -> Result<(), Error> {
        let refused =
            |reason| Error::NoBackwardFromOutput { activation: self.what.name().to_owned(), reason };
        match (self.direction, self.what) {
            (Direction::Forward | Direction::Backward, _) | (_, What::Formula(_)) => Ok(()),
            (Direction::BackwardFromOutput, What::Rows(kind, _)) if kind.reduces() => {
                Err(refused("its gradient needs all of the input"))
            }
            (Direction::BackwardFromOutput, What::Rows(..)) => Ok(()),
            // By the sinks.
            (Direction::BackwardParameter(0), What::Rows(RowKind::Softmax(kind), _)) => kind.check_sinks(),
            (Direction::BackwardFromOutput, What::Activation(row)) if row.from_output.is_some() => Ok(()),
            (Direction::BackwardFromOutput, What::Activation(_)) => {
                Err(refused("its derivative is not a function of the output"))
            }
            (Direction::BackwardFromOutput, What::Gate(..)) => {
                Err(refused("its gradients need the value and the gate"))
            }
            (Direction::Second | Direction::SecondParameter(_), What::Gate(..)) => {
                Err(Error::NoSecondDerivative { function: self.what.to_string(), reason: OF_GATES })
            }
            (Direction::Second | Direction::SecondParameter(_), What::Rows(..)) => {
                Err(Error::NoSecondDerivative { function: self.what.to_string(), reason: OF_ROWS })
            }
            (Direction::Second, What::Activation(_)) => Ok(()),
            (
                Direction::BackwardParameter(index)
                | Direction::ParameterGradient(index)
                | Direction::SecondParameter(index),
                what,
            ) => {
                let learnable = index < what.arguments().learnable().len();
                if learnable { Ok(()) } else { Err(Error::NotLearnable { activation: what.name(), index }) }
            }
        }
    }

    /// As labels have it.
    pub(crate) fn name(self) -> String {
        match self.what.row() {
            Some(row) => format!("{} {}", self.what, self.direction.name_of(row)),
            None => match self.direction {
                Direction::Backward => format!("{} backward", self.what),
                Direction::BackwardFromOutput => format!("{} backward_from_output", self.what),
                Direction::BackwardParameter(_) => format!("{} backward_sinks", self.what),
                _ => self.what.to_string(),
            },
        }
    }

    /// Whether results are sums over everything that shares something.
    pub(crate) fn is_summed(self) -> bool {
        match self.what {
            What::Formula(formula) => formula.is_summed(),
            _ => self.direction.is_summed(),
        }
    }

    /// What is read, and what is written.
    pub(crate) fn ports(self) -> (Vec<Port>, Vec<Port>) {
        let result = Port::One { name: self.direction.result(), variable: "result" };
        let (inputs, output) = match (self.what, self.direction) {
            (What::Formula(formula), _) => {
                let port = |operand: &Operand| Port::One { name: operand.name, variable: operand.variable };
                let own = formula.0.operands.iter().filter(|operand| operand.view == View::Element);
                return (own.map(port).collect(), formula.0.results.iter().map(port).collect());
            }
            (What::Rows(kind, additions), direction) => {
                let inputs = kind.inputs(direction).into_iter().chain(additions.inputs());
                (inputs.collect(), kind.output(direction))
            }
            (What::Activation(_), Direction::Forward) => (vec![Port::one("x")], result),
            (What::Activation(_), Direction::BackwardFromOutput) => {
                (vec![Port::one("y"), Port::one("dy")], result)
            }
            (What::Activation(_), _) => (vec![Port::one("x"), Port::one("dy")], result),
            (What::Gate(..), Direction::Forward) => (vec![Port::INPUTS], Port::one("y")),
            (What::Gate(..), Direction::Backward | Direction::BackwardFromOutput) => {
                (vec![Port::INPUTS, Port::one("dy")], Port::GRADIENTS)
            }
            (What::Gate(..), _) => (vec![Port::INPUTS, Port::one("dy")], result),
        };
        (inputs, vec![output])
    }

    /// What computes it.
    pub(crate) fn signature(self) -> Signature {
        let (inputs, outputs) = self.ports();
        let (sources, function, components, adaptors) = match self.what {
            What::Formula(formula) => {
                let function = FUNCTION.to_owned();
                (formula.sources.clone(), function, formula.components, Vec::new())
            }
            // What is called is said by `rows`.
            What::Rows(kind, _) => (vec![kind.wgsl()], String::new(), &[""][..], Vec::new()),
            What::Activation(row) => {
                (vec![row.0.wgsl], activation_function(&row, self.direction), &[""][..], Vec::new())
            }
            What::Gate(gate, row) => {
                // The gradient by a parameter is that by the gate, with another derivative of the activation.
                let (suffix, derivative, components) = match self.direction {
                    Direction::Forward => ("", Direction::Backward, &[""][..]),
                    Direction::Backward => ("_backward", self.direction, &[".x", ".y"][..]),
                    _ => ("_backward", self.direction, &[".y"][..]),
                };
                let adaptors = match gate.arguments {
                    GateArguments::OfActivation => adaptors(&row, derivative),
                    GateArguments::Own(_) => Vec::new(),
                };
                (vec![row.0.wgsl, gate.0.wgsl], format!("gate_{}{suffix}", gate.name), components, adaptors)
            }
        };
        Signature {
            inputs,
            outputs,
            sources,
            function,
            components,
            arguments: self.what.arguments(),
            adaptors,
            rows: match self.what {
                What::Rows(kind, _) => Some(kind.body(self.direction)),
                _ => None,
            },
            definition: match self.what {
                What::Formula(formula) => formula.0.function.as_str().into(),
                What::Activation(row) => straight(&row, self.direction).into(),
                _ => "".into(),
            },
        }
    }
}

const OF_GATES: &str = "it has several: Gate::double_backward has all of them as a formula";
const OF_ROWS: &str = "it takes whole rows, and each result depends on every element of its row";

/// The function of a second derivative that is 0 between kinks, and so in no file. NaN stays NaN.
fn straight(row: &Row, direction: Direction) -> String {
    let Some(("0", None)) = direction.second_by().map(|by| row.second_by(by)) else { return String::new() };
    let parameters = row.parameters.iter().map(|parameter| parameter.name);
    let names = parameters.chain(row.derived.iter().map(|derived| derived.name));
    let arguments: String = names.map(|name| format!(", {name}: f32")).collect();
    let head = format!("fn {}(x: f32, dy: f32{arguments}) -> f32", activation_function(row, direction));
    format!("{head} {{\n    return math_keep_nan(x, 0.0);\n}}\n\n")
}

/// The activation and a derivative of it, by the names that a gate calls them.
fn adaptors(row: &Row, derivative: Direction) -> Vec<Adaptor> {
    let adaptor = |name, inputs, function| Adaptor { name, inputs, function };
    vec![
        adaptor("activation", &["x"], activation_function(row, Direction::Forward)),
        adaptor("activation_beside_backward", &["x"], row.value_beside_backward()),
        adaptor("activation_backward", &["x", "dy"], activation_function(row, derivative)),
    ]
}

/// The function of an activation's file that computes one element.
fn activation_function(row: &Row, direction: Direction) -> String {
    match direction {
        Direction::Forward => format!("act_{}", row.name),
        Direction::ParameterGradient(index) => activation_function(row, Direction::BackwardParameter(index)),
        _ => format!("act_{}_{}", row.name, direction.name_of(row)),
    }
}
