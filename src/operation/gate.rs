//! Gates: functions of a value and a gate, y = value · act(gate). Which one, and the exact values.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::reference::Exact;
use crate::table::{Activation, Kind, nearest_name};

/// Which gated function, its parameters apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateKind {
    /// y = value · act(gate)
    Product(Kind),
    /// [`Gate::clamped_swiglu`]
    ClampedSwiglu,
}

/// A gated function with its parameters: y = value · act(gate) for any activation, or [`Gate::clamped_swiglu`]. Small, `Copy`,
/// checked when it was made.
///
/// Where act(gate) is exactly 0, so is the product, an infinite value included. Where act'(gate) is exactly 0, so is the gradient of
/// the gate, whatever the value and dy are. NaN gives NaN.
///
/// ```
/// use wgpu_activations::{Activation, Gate};
/// assert_eq!("swiglu".parse::<Gate>()?, Gate::SWIGLU);
/// assert_eq!("swish(beta=2)".parse::<Gate>()?, Gate::from(Activation::swish(2.0)?));
/// let exact = Gate::BILINEAR.exact(3.0, 5.0);
/// assert_eq!((exact.y, exact.d_value, exact.d_gate), (15.0, 5.0, 3.0));
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate(pub(crate) Form);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Product(Activation),
    ClampedSwiglu { limit: f32, slope: f32 },
}

/// Which of the two comes first where a value and a gate lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// As PyTorch's `nn.GLU` has it: a · s(b).
    ValueFirst,
    /// As fused weights of transformers have it: `gate_up_proj`.
    GateFirst,
}

/// A gated function that has a name.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct NamedGate {
    /// The name: `swiglu`.
    pub name: &'static str,
    /// The function.
    pub gate: Gate,
    /// The order that is usual for it.
    pub order: Order,
    /// y, in terms of value v and gate g.
    pub formula: &'static str,
    /// Where it comes from, and which order others use.
    pub source: &'static str,
}

/// The exact y and its derivatives, in f64.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateExact {
    /// y
    pub y: f64,
    /// ∂y/∂value
    pub d_value: f64,
    /// ∂y/∂gate
    pub d_gate: f64,
}

const fn named(
    name: &'static str,
    gate: Gate,
    order: Order,
    formula: &'static str,
    source: &'static str,
) -> NamedGate {
    NamedGate { name, gate, order, formula, source }
}

impl Gate {
    /// v · s(g), the gated linear unit.
    pub const GLU: Self = Self(Form::Product(Activation::SIGMOID));
    /// v · relu(g)
    pub const REGLU: Self = Self(Form::Product(Activation::RELU));
    /// v · gelu_erf(g)
    pub const GEGLU_ERF: Self = Self(Form::Product(Activation::GELU_ERF));
    /// v · gelu_tanh(g)
    pub const GEGLU_TANH: Self = Self(Form::Product(Activation::GELU_TANH));
    /// v · silu(g)
    pub const SWIGLU: Self = Self(Form::Product(Activation::SILU));
    /// v · g
    pub const BILINEAR: Self = Self(Form::Product(Activation::IDENTITY));
    /// [`Gate::clamped_swiglu`] with the limit 7 and the slope 1.702.
    pub const CLAMPED_SWIGLU: Self = Self(Form::ClampedSwiglu { limit: 7.0, slope: 1.702 });

    /// Those that have a name.
    ///
    /// | name | PyTorch | ONNX | transformers |
    /// |---|---|---|---|
    /// | glu | `nn.GLU`: value first | no operator: `Split`, `Sigmoid`, `Mul`, in the order of what was exported | WaveNet's relatives and Conformer: value first |
    /// | reglu | - | - | gate first where fused |
    /// | geglu_erf, geglu_tanh | - | - | T5 1.1: two weights; Gemma, fused by vLLM: gate first; diffusers' `GEGLU`: value first |
    /// | swiglu | - | - | Llama: two weights; Phi-3's `gate_up_proj` and vLLM's `SiluAndMul`: gate first |
    /// | clamped_swiglu | - | - | gpt-oss: interleaved, gate first |
    pub const NAMED: &'static [NamedGate] = &[
        named("glu", Self::GLU, Order::ValueFirst, "v * s(g)", "Dauphin et al. 2016; PyTorch nn.GLU"),
        named("reglu", Self::REGLU, Order::GateFirst, "v * relu(g)", "Shazeer 2020"),
        named("geglu_erf", Self::GEGLU_ERF, Order::GateFirst, "v * gelu_erf(g)", "Shazeer 2020"),
        named("geglu_tanh", Self::GEGLU_TANH, Order::GateFirst, "v * gelu_tanh(g)", "Shazeer 2020; T5 1.1"),
        named("swiglu", Self::SWIGLU, Order::GateFirst, "v * silu(g)", "Shazeer 2020; Llama"),
        named("bilinear", Self::BILINEAR, Order::ValueFirst, "v * g", "Dauphin et al. 2016"),
        named(
            "clamped_swiglu",
            Self::CLAMPED_SWIGLU,
            Order::GateFirst,
            "g s(slope g) (v + 1) where g = min(g, limit), v = min(max(v, -limit), limit)",
            "gpt-oss 2025",
        ),
    ];

    /// The SwiGLU of recent open models: g · s(slope · g) · (v + 1) with g = min(gate, limit) and v = value clamped to ±limit. The
    /// gradient is 0 by the gate from gate = limit on, and by the value from |value| = limit on.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless both are finite and the limit is positive.
    pub fn clamped_swiglu(limit: f32, slope: f32) -> Result<Self, Error> {
        let refused = |parameter, value, requirement| {
            Err(Error::InvalidParameter { activation: CLAMPED_SWIGLU, parameter, value, requirement })
        };
        if !(limit.is_finite() && limit > 0.0) {
            return refused("limit", limit, "it must be finite and positive");
        }
        if !slope.is_finite() {
            return refused("slope", slope, "it must be finite");
        }
        Ok(Self(Form::ClampedSwiglu { limit, slope }))
    }

    /// Which function, without its parameters: what a kernel is compiled for.
    #[must_use]
    pub fn kind(&self) -> GateKind {
        match self.0 {
            Form::Product(activation) => GateKind::Product(activation.kind()),
            Form::ClampedSwiglu { .. } => GateKind::ClampedSwiglu,
        }
    }

    /// What the WGSL functions take beside value, gate and dy.
    pub(crate) fn arguments(&self) -> Vec<f32> {
        match self.0 {
            Form::Product(activation) => activation.arguments(),
            Form::ClampedSwiglu { limit, slope } => vec![limit, slope],
        }
    }

    /// The exact y and its derivatives, in f64. NaN gives NaN, but for a factor of exactly 0 in the derivative by the gate.
    #[must_use]
    pub fn exact(&self, value: f64, gate: f64) -> GateExact {
        self.exact_by(value, gate, Activation::exact)
    }

    /// The same by another oracle of activations.
    pub(crate) fn exact_by(
        &self,
        value: f64,
        gate: f64,
        exact: impl Fn(&Activation, f64) -> Exact,
    ) -> GateExact {
        // A factor of exactly 0 takes the other one along, infinite or not.
        let times = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a * b };
        let product = |value: f64, activation: Exact| {
            if value.is_nan() { value } else { times(value, activation.value) }
        };
        match self.0 {
            Form::Product(activation) => {
                let activation = exact(&activation, gate);
                GateExact {
                    y: product(value, activation),
                    d_value: activation.value,
                    d_gate: times(value, activation.derivative),
                }
            }
            Form::ClampedSwiglu { .. } if value.is_nan() || gate.is_nan() => {
                GateExact { y: f64::NAN, d_value: f64::NAN, d_gate: f64::NAN }
            }
            Form::ClampedSwiglu { limit, slope } => {
                let limit = f64::from(limit);
                let swish =
                    exact(&Activation::unchecked(Kind::Swish, [slope, 0.0, 0.0, 0.0]), gate.min(limit));
                let shifted = value.clamp(-limit, limit) + 1.0;
                GateExact {
                    y: product(shifted, swish),
                    d_value: if value.abs() < limit { swish.value } else { 0.0 },
                    d_gate: if gate < limit { times(shifted, swish.derivative) } else { 0.0 },
                }
            }
        }
    }
}

const CLAMPED_SWIGLU: &str = "clamped_swiglu";

impl From<Activation> for Gate {
    /// y = value · act(gate)
    fn from(activation: Activation) -> Self {
        Self(Form::Product(activation))
    }
}

impl From<Kind> for GateKind {
    fn from(kind: Kind) -> Self {
        Self::Product(kind)
    }
}

impl From<Activation> for GateKind {
    fn from(activation: Activation) -> Self {
        Self::Product(activation.kind())
    }
}

impl From<Gate> for GateKind {
    fn from(gate: Gate) -> Self {
        gate.kind()
    }
}

impl GateKind {
    /// The row of a file in `shaders/gates/`.
    pub(crate) fn row(self) -> &'static GateRow {
        match self {
            Self::Product(_) => &PRODUCT,
            Self::ClampedSwiglu => &CLAMPED,
        }
    }

    /// The activation's name, or its own.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product(kind) => kind.name(),
            Self::ClampedSwiglu => CLAMPED_SWIGLU,
        }
    }

    /// The activation whose functions it calls.
    #[must_use]
    pub fn activation(self) -> Kind {
        match self {
            Self::Product(kind) => kind,
            Self::ClampedSwiglu => Kind::Swish,
        }
    }
}

/// A file of `shaders/gates/`.
pub(crate) struct GateRow {
    pub(crate) name: &'static str,
    pub(crate) arguments: GateArguments,
    pub(crate) wgsl: &'static str,
}

/// What a gate's functions take after value, gate and dy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateArguments {
    /// Nothing: they call `activation` and `activation_backward`, which composition makes of the activation and its parameters.
    OfActivation,
    /// Parameters of its own.
    Own(&'static [&'static str]),
}

static PRODUCT: GateRow = GateRow {
    name: "product",
    arguments: GateArguments::OfActivation,
    wgsl: include_str!("../../shaders/gates/product.wgsl"),
};
static CLAMPED: GateRow = GateRow {
    name: CLAMPED_SWIGLU,
    arguments: GateArguments::Own(&["limit", "slope"]),
    wgsl: include_str!("../../shaders/gates/clamped_swiglu.wgsl"),
};

impl AsRef<str> for GateRow {
    fn as_ref(&self) -> &str {
        self.name
    }
}

/// A name of [`Gate::NAMED`], in upper or lower case (`clamped_swiglu(limit=7, slope=1.702)` where it has parameters), or the activation that a value is
/// multiplied with.
impl FromStr for Gate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(named) = Self::NAMED.iter().find(|named| named.name.eq_ignore_ascii_case(text)) {
            return Ok(named.gate);
        }
        let Some(list) = text.strip_prefix(CLAMPED_SWIGLU) else {
            return match text.parse::<Activation>() {
                Err(Error::UnknownActivation { name, .. }) => Err(unknown(name)),
                activation => Ok(activation?.into()),
            };
        };
        let expected = "limit=number, slope=number between parentheses";
        let parse_error = || Error::Parse { text: text.to_owned(), expected };
        let list = list.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
        let (mut limit, mut slope) = (7.0, 1.702);
        for part in list.ok_or_else(parse_error)?.split(',').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(parse_error)?;
            let value: f32 = value.trim().parse().map_err(|_| parse_error())?;
            match name.trim() {
                "limit" => limit = value,
                "slope" => slope = value,
                _ => return Err(parse_error()),
            }
        }
        Self::clamped_swiglu(limit, slope)
    }
}

fn unknown(name: String) -> Error {
    let gates = Gate::NAMED.iter().map(|named| named.name);
    let nearest = nearest_name(&name, gates.chain(Kind::ALL.iter().map(|kind| kind.name())));
    Error::UnknownGate { name, nearest }
}

/// As it is parsed.
impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Form::ClampedSwiglu { limit, slope } => {
                write!(f, "{CLAMPED_SWIGLU}(limit={limit}, slope={slope})")
            }
            Form::Product(activation) => match Self::NAMED.iter().find(|named| named.gate == *self) {
                Some(named) => f.write_str(named.name),
                None => write!(f, "{activation}"),
            },
        }
    }
}

impl fmt::Display for GateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(kind) => write!(f, "gated {kind}"),
            Self::ClampedSwiglu => f.write_str(CLAMPED_SWIGLU),
        }
    }
}
