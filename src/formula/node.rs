//! What formulas are made of: nodes in a vector, each naming earlier ones.

use crate::error::Error;
use crate::operation::Direction;
use crate::table::Handle;
use crate::table::row::{MAX_PARAMETERS, Row};

/// The most nodes that a formula has. One of a network has a dozen, its backward some thirty; a shader of a thousand takes a driver
/// seconds to compile.
pub(crate) const MAX_NODES: usize = 512;
/// The most operands, results included: what a uniform has offsets for.
pub(crate) const MAX_OPERANDS: usize = 16;
/// The most values that travel in the uniform: parameters, and what the host derives from them.
pub(crate) const MAX_VALUES: usize = 32;
/// The most ways to see one tensor: letters, and single values.
pub(crate) const MAX_VIEWS: usize = 4;
/// The largest exponent.
pub(crate) const MAX_EXPONENT: f32 = 64.0;

/// The place of a node.
pub(crate) type Id = u16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// The bits of an f32, which is infinite only where it is a function's parameter.
    Number(u32),
    Operand(u16),
    /// A value of the `with` clause.
    Parameter(u16),
    Negate(Id),
    Binary(Binary, Id, Id),
    /// `a < b ? c : d`: a, b, c, d.
    Choose(Comparison, [Id; 4]),
    Call(Call),
    /// Drawn for each element: 0 with this probability, else what makes the mean 1. Which of an element's draws it is.
    Keep(Id, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
    /// A product in which a second factor of exactly 0 wins: what arrives, times a derivative.
    Chain,
    /// A quotient in which an infinite divisor wins: what arrives, divided.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// A function of the table, or a derivative of it times what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) row: Handle<Row>,
    pub(crate) x: Id,
    pub(crate) part: Part,
    parameters: [Id; MAX_PARAMETERS],
}

/// What of a function is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Value,
    /// f'(x) times this.
    Slope(Id),
    /// The derivative by this learnable parameter, times that.
    ByParameter(u8, Id),
    /// f''(x) times this.
    Second(Id),
    /// The derivative by x and this learnable parameter, times that.
    Mixed(u8, Id),
}

impl Part {
    /// What arrives, and is multiplied.
    pub(crate) fn arriving(self) -> Option<Id> {
        match self {
            Self::Value => None,
            Self::Slope(dy) | Self::ByParameter(_, dy) | Self::Second(dy) | Self::Mixed(_, dy) => Some(dy),
        }
    }

    /// The same, where what arrives is something else.
    pub(crate) fn with_arriving(self, of: impl Fn(Id) -> Id) -> Self {
        match self {
            Self::Value => Self::Value,
            Self::Slope(dy) => Self::Slope(of(dy)),
            Self::ByParameter(index, dy) => Self::ByParameter(index, of(dy)),
            Self::Second(dy) => Self::Second(of(dy)),
            Self::Mixed(index, dy) => Self::Mixed(index, of(dy)),
        }
    }

    /// By what it is a derivative, as errors have it.
    pub(crate) fn by(self, row: &Row) -> String {
        let parameter = |index: u8| row.learnable[usize::from(index)].parameter;
        match self {
            Self::Value => String::new(),
            Self::Slope(_) => "its input".to_owned(),
            Self::ByParameter(index, _) => parameter(index).to_owned(),
            Self::Second(_) => "its input twice".to_owned(),
            Self::Mixed(index, _) => format!("its input, {}", parameter(index)),
        }
    }

    /// The name of this of a function: `silu`, `silu_backward`, `swish_backward_beta`, `silu_second`.
    pub(crate) fn name_of(self, row: &Row) -> String {
        match self {
            Self::Value => row.name.to_owned(),
            part => format!("{}_{}", row.name, part.direction().name_of(row)),
        }
    }

    fn direction(self) -> Direction {
        match self {
            Self::Value => Direction::Forward,
            Self::Slope(_) => Direction::Backward,
            Self::ByParameter(index, _) => Direction::BackwardParameter(index.into()),
            Self::Second(_) => Direction::Second,
            Self::Mixed(index, _) => Direction::SecondParameter(index.into()),
        }
    }
}

impl Call {
    /// As many parameters as the function has.
    pub(crate) fn new(row: &'static Row, part: Part, x: Id, parameters: &[Id]) -> Self {
        let mut padded = [0; MAX_PARAMETERS];
        padded.iter_mut().zip(parameters).for_each(|(place, id)| *place = *id);
        Self { row: Handle(row), x, part, parameters: padded }
    }

    pub(crate) fn parameters(&self) -> &[Id] {
        &self.parameters[..self.row.parameters.len()]
    }

    /// The parameters that are operands, or computed: they may be NaN, which functions of the table look for in x alone.
    pub(crate) fn varying<'n>(&'n self, nodes: &'n [Node]) -> impl Iterator<Item = Id> + 'n {
        self.parameters().iter().copied().filter(|id| !nodes[usize::from(*id)].is_fixed())
    }

    /// Those of which a NaN has to be looked for.
    pub(crate) fn watched<'n>(&'n self, nodes: &'n [Node]) -> impl Iterator<Item = Id> + 'n {
        self.varying(nodes).filter(|_| !self.row.0.parameters_are_factors)
    }

    /// Whether it is the derivative of this value, times what arrives.
    pub(crate) fn is_slope_of(&self, value: &Self) -> bool {
        matches!(self.part, Part::Slope(_)) && Self { part: Part::Value, ..*self } == *value
    }

    /// As formulas write it, and WGSL behind `act_`.
    pub(crate) fn name(&self) -> String {
        self.part.name_of(&self.row)
    }

    /// What is not a parameter: x, and what arrives.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Id> {
        std::iter::once(self.x).chain(self.part.arriving())
    }

    /// All that it names, in the order in which it is written.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Id> {
        self.inputs().chain(self.parameters().iter().copied())
    }
}

impl Node {
    pub(crate) fn number(value: f32) -> Self {
        // One zero: -0 is what negation makes of it.
        Self::Number(if value == 0.0 { 0 } else { value.to_bits() })
    }

    pub(crate) fn value(self) -> Option<f32> {
        match self {
            Self::Number(bits) => Some(f32::from_bits(bits)),
            _ => None,
        }
    }

    /// Whether it is the same for all elements, and known when a step is made.
    pub(crate) fn is_fixed(self) -> bool {
        matches!(self, Self::Number(_) | Self::Parameter(_))
    }

    /// The nodes that it names, in the order in which it is written.
    pub(crate) fn children(self) -> Vec<Id> {
        match self {
            Self::Number(_) | Self::Operand(_) | Self::Parameter(_) => Vec::new(),
            Self::Negate(a) | Self::Keep(a, _) => vec![a],
            Self::Binary(_, a, b) => vec![a, b],
            Self::Choose(_, four) => four.to_vec(),
            Self::Call(call) => call.arguments().collect(),
        }
    }

    /// Those that it takes for numbers in arithmetic: a sign may stand before an infinite one, and it may be a function's parameter.
    pub(crate) fn computed_with(self) -> Vec<Id> {
        match self {
            Self::Negate(_) => Vec::new(),
            Self::Call(call) => call.inputs().collect(),
            node => node.children(),
        }
    }

    /// The same node of other ones.
    pub(crate) fn map(self, of: impl Fn(Id) -> Id) -> Self {
        match self {
            Self::Number(_) | Self::Operand(_) | Self::Parameter(_) => self,
            Self::Negate(a) => Self::Negate(of(a)),
            Self::Keep(a, draw) => Self::Keep(of(a), draw),
            Self::Binary(binary, a, b) => Self::Binary(binary, of(a), of(b)),
            Self::Choose(comparison, four) => Self::Choose(comparison, four.map(of)),
            Self::Call(call) => {
                let part = call.part.with_arriving(&of);
                let parameters: Vec<Id> = call.parameters().iter().map(|id| of(*id)).collect();
                Self::Call(Call::new(call.row.0, part, of(call.x), &parameters))
            }
        }
    }
}

impl Comparison {
    /// As formulas and WGSL write it.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    #[inline]
    pub(crate) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b,
        }
    }
}

impl Binary {
    #[inline]
    pub(crate) fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Over if b.is_infinite() => 0.0,
            Self::Divide | Self::Over => a / b,
            Self::Minimum | Self::Maximum if a.is_nan() || b.is_nan() => f64::NAN,
            Self::Minimum => a.min(b),
            Self::Maximum => a.max(b),
            Self::Chain if b == 0.0 => 0.0,
            Self::Chain => a * b,
        }
    }
}

/// Which elements share a value of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// None: an element each.
    Element,
    /// Those of one channel, of a way to see the tensor that has this letter.
    Channel(char),
    /// All: a single value in a buffer.
    Single,
}

/// An operand, or a result, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) view: View,
}

/// A value of the `with` clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) default: f32,
}

/// Of dropout.
pub(crate) fn check_probability(value: f32) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    let (activation, parameter, requirement) = ("dropout", "p", "it must be from 0 to 1");
    Err(Error::InvalidParameter { activation, parameter, value, requirement })
}

/// What is multiplied with where nothing is dropped, so that the mean stays what it was.
pub(crate) fn survivor(probability: f32) -> f32 {
    if probability < 1.0 { (1.0 / (1.0 - f64::from(probability))) as f32 } else { 0.0 }
}

/// What a formula computes: a node, and the name of the operand that it is written to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Output {
    pub(crate) named: Named,
    pub(crate) node: Id,
}
