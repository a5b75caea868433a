//! Gates: functions of a value and a gate, y = value · act(gate). Which one, and the exact values.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::reference::Exact;
use crate::table::call::Call;
use crate::table::row::{MAX_PARAMETERS, refuse_subnormal};
use crate::table::rows::{SCALE, factor_words, high_word, is_scale, low_word, rounded_up, unless};
use crate::table::{Activation, Bound, Kind, nearest_name};

/// Which gated function, its parameters apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateKind {
    /// y = value · act(gate)
    Product(Kind),
    /// [`Gate::clamped_swiglu`]
    ClampedSwiglu,
    /// [`Gate::swiglu_step`]
    SwigluStep,
    /// [`Gate::situ_glu`]
    SituGlu,
}

/// A gated function with its parameters: y = value · act(gate) for any activation, or one of those that are not such products:
/// [`Gate::clamped_swiglu`], [`Gate::swiglu_step`], [`Gate::situ_glu`]. It is small, `Copy`, and checked when it is made.
///
/// Where act(gate) is exactly 0, so is the product, even for an infinite value. Where act'(gate) is exactly 0, so is the gate's gradient,
/// whatever the value and dy are. NaN gives NaN.
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
    /// A row of a file in `shaders/gates/`, with its parameters: the first as many as it has, the rest 0.
    Own(GateKind, [f32; MAX_PARAMETERS]),
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
    /// v · quick_gelu(g)
    pub const GEGLU_QUICK: Self =
        Self(Form::Product(Activation::unchecked(Kind::QuickGelu, [1.702, 0.0, 0.0, 0.0])));
    /// v · relu(g)²
    pub const SREGLU: Self = Self(Form::Product(Activation::RELU_SQUARED));
    /// [`Gate::clamped_swiglu`] with the limit 7, the slope 1.702 and the offset 1, as gpt-oss has it.
    pub const CLAMPED_SWIGLU: Self = Self(Form::Own(GateKind::ClampedSwiglu, [7.0, 1.702, 1.0, 0.0]));
    /// [`Gate::swiglu_step`] with the limit 7.
    pub const SWIGLU_STEP: Self = Self(Form::Own(GateKind::SwigluStep, [7.0, 0.0, 0.0, 0.0]));
    /// [`Gate::situ_glu`] with the caps 4 and 25.
    pub const SITU_GLU: Self = Self(Form::Own(GateKind::SituGlu, [4.0, 25.0, 0.0, 0.0]));

    /// Those that have a name.
    ///
    /// | name | PyTorch | ONNX | transformers |
    /// |---|---|---|---|
    /// | glu | `nn.GLU`: value first | no operator: `Split`, `Sigmoid`, `Mul`, in the order of what was exported | WaveNet's relatives and Conformer: value first |
    /// | reglu | - | - | gate first where fused |
    /// | geglu_erf, geglu_tanh | - | - | T5 1.1: two weights; Gemma, fused by vLLM: gate first; diffusers' `GEGLU`: value first |
    /// | swiglu | - | - | Llama: two weights; Phi-3's `gate_up_proj` and vLLM's `SiluAndMul`: gate first |
    /// | geglu_quick, sreglu | - | - | ggml; BitNet: gate first |
    /// | clamped_swiglu | - | - | gpt-oss: interleaved, gate first; DeepSeek-V4 with limit 10, slope 1, offset 0 |
    /// | swiglu_step | - | - | Step-3.7: gate first |
    /// | situ_glu | - | - | Kimi K3: gate first |
    pub const NAMED: &'static [NamedGate] = &[
        named("glu", Self::GLU, Order::ValueFirst, "v * s(g)", "Dauphin et al. 2016; PyTorch nn.GLU"),
        named("reglu", Self::REGLU, Order::GateFirst, "v * relu(g)", "Shazeer 2020"),
        named("geglu_erf", Self::GEGLU_ERF, Order::GateFirst, "v * gelu_erf(g)", "Shazeer 2020"),
        named("geglu_tanh", Self::GEGLU_TANH, Order::GateFirst, "v * gelu_tanh(g)", "Shazeer 2020; T5 1.1"),
        named("swiglu", Self::SWIGLU, Order::GateFirst, "v * silu(g)", "Shazeer 2020; Llama"),
        named("geglu_quick", Self::GEGLU_QUICK, Order::GateFirst, "v * quick_gelu(g)", "ggml geglu_quick"),
        named(
            "sreglu",
            Self::SREGLU,
            Order::GateFirst,
            "v * relu_squared(g)",
            "BitNet 2025; TransformerEngine sreglu",
        ),
        named("bilinear", Self::BILINEAR, Order::ValueFirst, "v * g", "Dauphin et al. 2016"),
        named(
            "clamped_swiglu",
            Self::CLAMPED_SWIGLU,
            Order::GateFirst,
            "g s(slope g) (v + offset) where g = min(g, limit), v = min(max(v, -limit), limit)",
            "gpt-oss 2025; DeepSeek-V4 with limit 10, slope 1, offset 0",
        ),
        named(
            "swiglu_step",
            Self::SWIGLU_STEP,
            Order::GateFirst,
            "min(silu(g), limit) min(max(v, -limit), limit)",
            "Step-3.7 2026; FlashInfer",
        ),
        named(
            "situ_glu",
            Self::SITU_GLU,
            Order::GateFirst,
            "gate_cap tanh(g / gate_cap) s(g) value_cap tanh(v / value_cap)",
            "Kimi K3 2026; TransformerEngine, FlashInfer",
        ),
    ];

    /// The SwiGLU of recent open models: g · s(slope · g) · (v + offset) with g = min(gate, limit) and v = value clamped to ±limit.
    /// gpt-oss has (7, 1.702, 1), DeepSeek-V4 (10, 1, 0). The gradient is 0 by the gate from gate = limit on, and by the value from
    /// |value| = limit on. An infinite limit is no limit.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless the limit is positive, and slope and offset 0 or from 1e-24 to 1e24 in size.
    pub fn clamped_swiglu(limit: f32, slope: f32, offset: f32) -> Result<Self, Error> {
        Self::own(GateKind::ClampedSwiglu, [limit, slope, offset, 0.0])
    }

    /// min(silu(gate), limit) · v with v = value clamped to ±limit. The gradient is 0 by the gate where silu(gate) is the limit or more,
    /// and by the value from |value| = limit on. An infinite limit is none.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless the limit is positive.
    pub fn swiglu_step(limit: f32) -> Result<Self, Error> {
        Self::own(GateKind::SwigluStep, [limit, 0.0, 0.0, 0.0])
    }

    /// `gate_cap` · tanh(gate / `gate_cap`) · s(gate) · `value_cap` · tanh(value / `value_cap`): SwiGLU, both of whose factors are kept
    /// between bounds smoothly. An infinite cap of the value is none.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless both are from 1e-12 to 1e12; that of the value may be infinite.
    pub fn situ_glu(gate_cap: f32, value_cap: f32) -> Result<Self, Error> {
        Self::own(GateKind::SituGlu, [gate_cap, value_cap, 0.0, 0.0])
    }

    /// One of the gates that are no products, if its row takes these parameters.
    fn own(kind: GateKind, parameters: [f32; MAX_PARAMETERS]) -> Result<Self, Error> {
        let row = kind.row();
        match refuse_subnormal(&parameters).or_else(|| (row.check)(&parameters)) {
            None => Ok(Self(Form::Own(kind, parameters))),
            Some((index, requirement)) => Err(Error::InvalidParameter {
                activation: row.name,
                parameter: row.parameters[index].0,
                value: parameters[index],
                requirement,
            }),
        }
    }

    /// Those that are no products: with their defaults, then with the further parameters that every check uses.
    #[cfg(feature = "verify")]
    pub(crate) fn own_samples() -> impl Iterator<Item = Self> {
        let own = Self::NAMED.iter().filter(|named| matches!(named.gate.0, Form::Own(..)));
        own.flat_map(|named| {
            let kind = named.gate.kind();
            let further = kind.row().samples.iter().map(move |sample| Self(Form::Own(kind, *sample)));
            std::iter::once(named.gate).chain(further)
        })
    }

    /// Which function, without its parameters: what a kernel is compiled for.
    #[must_use]
    pub fn kind(&self) -> GateKind {
        match self.0 {
            Form::Product(activation) => GateKind::Product(activation.kind()),
            Form::Own(kind, _) => kind,
        }
    }

    /// What the WGSL functions take beside value, gate and dy: a product's are its activation's.
    #[must_use]
    pub fn arguments(&self) -> Vec<f32> {
        match self.0 {
            Form::Product(activation) => activation.arguments(),
            Form::Own(kind, parameters) => (kind.row().values)(&parameters),
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
        match self.0 {
            Form::Product(activation) => {
                let activation = exact(&activation, gate);
                GateExact {
                    y: if value.is_nan() { value } else { times(value, activation.value) },
                    d_value: activation.value,
                    d_gate: times(value, activation.derivative),
                }
            }
            Form::Own(..) if value.is_nan() || gate.is_nan() => {
                GateExact { y: f64::NAN, d_value: f64::NAN, d_gate: f64::NAN }
            }
            Form::Own(kind, parameters) => (kind.row().exact)(value, gate, &parameters, &exact),
        }
    }
}

/// a · b, but a factor b of exactly 0 takes the other one along, infinite or not.
fn times(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a * b }
}

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
            Self::ClampedSwiglu => &CLAMPED_SWIGLU,
            Self::SwigluStep => &SWIGLU_STEP,
            Self::SituGlu => &SITU_GLU,
        }
    }

    /// The activation's name, or its own.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product(kind) => kind.name(),
            _ => self.row().name,
        }
    }

    /// The activation whose functions it calls.
    #[must_use]
    pub fn activation(self) -> Kind {
        match self {
            Self::Product(kind) => kind,
            Self::ClampedSwiglu => Kind::Swish,
            Self::SwigluStep => Kind::Silu,
            Self::SituGlu => Kind::Softcap,
        }
    }
}

/// An oracle of activations.
type Activations<'a> = &'a dyn Fn(&Activation, f64) -> Exact;

/// A file of `shaders/gates/`.
pub(crate) struct GateRow {
    pub(crate) name: &'static str,
    pub(crate) arguments: GateArguments,
    pub(crate) wgsl: &'static str,
    /// Names and defaults of parameters of its own.
    pub(crate) parameters: &'static [(&'static str, f32)],
    /// What is wrong with these: (index, requirement).
    check: fn(&[f32]) -> Option<(usize, &'static str)>,
    /// Their values, and those that the host derives of them, in the order of the arguments.
    values: fn(&[f32]) -> Vec<f32>,
    /// y and its derivatives. Neither value nor gate is NaN.
    exact: fn(f64, f64, &[f32], Activations<'_>) -> GateExact,
    /// Further parameters for every check.
    #[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks"))]
    samples: &'static [[f32; MAX_PARAMETERS]],
    /// How far y and the derivative by the value may be off, and the derivative by the gate.
    #[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks"))]
    pub(crate) bounds: fn(&[f32]) -> [Bound; 2],
    /// A value whose factor is about 1.
    #[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks"))]
    pub(crate) unit: fn(&[f32]) -> f64,
}

/// What a gate's functions take after value, gate and dy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateArguments {
    /// Nothing: they call `activation` and `activation_backward`, which composition makes of the activation and its parameters.
    OfActivation,
    /// Parameters of its own, and what is derived of them.
    Own(&'static [&'static str]),
}

static PRODUCT: GateRow = GateRow {
    name: "product",
    arguments: GateArguments::OfActivation,
    wgsl: include_str!("../../shaders/gates/product.wgsl"),
    parameters: &[],
    check: |_| None,
    values: |_| Vec::new(),
    exact: |_, _, _, _| GateExact { y: f64::NAN, d_value: f64::NAN, d_gate: f64::NAN },
    samples: &[],
    bounds: |_| [Bound::ROUNDED_ONCE; 2],
    unit: |_| 1.0,
};

static CLAMPED_SWIGLU: GateRow = GateRow {
    name: "clamped_swiglu",
    arguments: GateArguments::Own(&["limit", "slope", "offset", "rate", "step", "rest"]),
    wgsl: include_str!("../../shaders/gates/clamped_swiglu.wgsl"),
    parameters: &[("limit", 7.0), ("slope", 1.702), ("offset", 1.0)],
    check: |p| {
        unless(p[0] > 0.0, 0, "it must be positive")
            .or_else(|| unless(is_scale(p[1]), 1, SCALE))
            .or_else(|| unless(is_scale(p[2]), 2, SCALE))
    },
    values: |p| [&p[..3], &factor_words(p[1])].concat(),
    exact: |value, gate, p, exact| {
        let limit = f64::from(p[0]);
        let swish = exact(&Activation::unchecked(Kind::Swish, [p[1], 0.0, 0.0, 0.0]), gate.min(limit));
        let shifted = value.clamp(-limit, limit) + f64::from(p[2]);
        GateExact {
            y: times(shifted, swish.value),
            d_value: if is_within(value.abs(), limit) { swish.value } else { 0.0 },
            d_gate: if is_within(gate, limit) { times(shifted, swish.derivative) } else { 0.0 },
        }
    },
    samples: &[
        [10.0, 1.0, 0.0, 0.0],
        [1.5, -0.7, 1.0, 0.0],
        [f32::INFINITY, 1.702, 1.0, 0.0],
        [f32::INFINITY, 1.0, 0.0, 0.0],
    ],
    bounds: |p| {
        // The zero of swish's derivative is at -1.2785 / slope.
        let [one, other] = [-1.45, -1.1].map(|z| z / f64::from(p[1]));
        let gate = Bound::ulp(6.0).dividing(2.0).with_floor(
            2.5e-7,
            (one.min(other), one.max(other)),
            "the derivative of swish crosses zero",
        );
        // Swish's 1.9 may double in the product's ulp, and there are two roundings more; 2.8 is measured.
        [Bound::ulp(4.0).dividing(2.0), gate]
    },
    unit: |p| 1.0 - f64::from(p[2]),
};

static SWIGLU_STEP: GateRow = GateRow {
    name: "swiglu_step",
    arguments: GateArguments::Own(&["limit", "edge"]),
    wgsl: include_str!("../../shaders/gates/swiglu_step.wgsl"),
    parameters: &[("limit", 7.0)],
    check: |p| unless(p[0] > 0.0, 0, "it must be positive"),
    values: |p| vec![p[0], rounded_up(silu_inverse(p[0].into()))],
    exact: |value, gate, p, exact| {
        let limit = f64::from(p[0]);
        let silu = exact(&Activation::SILU, gate);
        let clamped = value.clamp(-limit, limit);
        let capped = silu.value.min(limit);
        // The inverse takes a while: it is for where f64 does not tell which is the larger one.
        let close = (silu.value - limit).abs() <= 1e-9 * limit;
        let open = if close { is_within(gate, silu_inverse(limit)) } else { is_within(silu.value, limit) };
        GateExact {
            y: times(clamped, capped),
            d_value: if is_within(value.abs(), limit) { capped } else { 0.0 },
            d_gate: if open { times(clamped, silu.derivative) } else { 0.0 },
        }
    },
    samples: &[[16.0, 0.0, 0.0, 0.0], [0.3, 0.0, 0.0, 0.0], [f32::INFINITY, 0.0, 0.0, 0.0]],
    bounds: |_| {
        let gate = Bound::ulp(6.0).dividing(2.0).with_floor(
            7e-9,
            (-1.4, -1.15),
            "the derivative of silu crosses zero",
        );
        [Bound::ulp(4.0).dividing(2.0), gate]
    },
    unit: |p| f64::from(p[0].min(1.0)),
};

static SITU_GLU: GateRow = GateRow {
    name: "situ_glu",
    arguments: GateArguments::Own(&[
        "gate_cap",
        "value_cap",
        "inverse_gate_cap",
        "inverse_gate_cap_low",
        "inverse_value_cap",
        "inverse_value_cap_low",
    ]),
    wgsl: include_str!("../../shaders/gates/situ_glu.wgsl"),
    parameters: &[("gate_cap", 4.0), ("value_cap", 25.0)],
    check: |p| {
        unless(is_cap(p[0]), 0, "it must be from 1e-12 to 1e12").or_else(|| {
            unless(is_cap(p[1]) || p[1] == f32::INFINITY, 1, "it must be from 1e-12 to 1e12, or infinite")
        })
    },
    values: |p| {
        let inverses = p[..2].iter().flat_map(|cap| {
            let inverse = 1.0 / f64::from(*cap);
            [high_word(inverse), low_word(inverse)]
        });
        p[..2].iter().copied().chain(inverses).collect()
    },
    exact: |value, gate, p, exact| {
        let capped = |cap| Activation::unchecked(Kind::Softcap, [cap, 0.0, 0.0, 0.0]);
        let (t, v) = (exact(&capped(p[0]), gate), capped(p[1]).exact(value));
        let [s, rest] = [gate, -gate].map(|gate| Activation::SIGMOID.exact(gate).value);
        let own = times(t.value, s);
        let slope = times(t.derivative + times(t.value, rest), s);
        GateExact { y: times(v.value, own), d_value: times(own, v.derivative), d_gate: times(v.value, slope) }
    },
    samples: &[[1.0, 3.0, 0.0, 0.0], [4.0, f32::INFINITY, 0.0, 0.0]],
    bounds: |p| {
        let zero = situ_zero(p[0].into());
        let why = "1 - tanh^2 and tanh s(-g) cancel";
        // For a cap of 4, terms are 3.9 times their sum at 1.43 zero (9.7 ULP there), and 3.5 times it at 1.5 zero.
        let gate = Bound::ulp(9.0).dividing(3.0).with_floor(5e-7 * -zero, (1.5 * zero, 0.6 * zero), why);
        [Bound::ulp(9.0).dividing(3.0), gate]
    },
    unit: |p| f64::from(p[1].min(1.0)),
};

/// Whether it is below the limit; an infinite one is none.
fn is_within(x: f64, limit: f64) -> bool {
    x < limit || limit == f64::INFINITY
}

fn is_cap(cap: f32) -> bool {
    (1e-12..=1e12).contains(&cap)
}

/// The gate whose silu is this, which is positive: by Newton's method on g s(g) from above, where it is all but a straight line.
fn silu_inverse(y: f64) -> f64 {
    if y > 50.0 {
        return y;
    }
    (0..60).fold(y + 1.0, |gate, _| {
        let silu = Activation::SILU.exact(gate);
        gate - (silu.value - y) / silu.derivative
    })
}

/// The zero of the derivative of cap tanh(g / cap) s(g), by bisection.
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks"))]
fn situ_zero(cap: f64) -> f64 {
    let slope = |gate: f64| {
        let t = (gate / cap).tanh();
        1.0 - t * t + cap * t * Activation::SIGMOID.exact(-gate).value
    };
    let halve = |(low, high): (f64, f64), _| {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 { (middle, high) } else { (low, middle) }
    };
    (0..60).fold((-1.3, 0.0), halve).0
}

impl AsRef<str> for GateRow {
    fn as_ref(&self) -> &str {
        self.name
    }
}

/// A name of [`Gate::NAMED`], in upper or lower case (`clamped_swiglu(limit=10, slope=1, offset=0)` where it has parameters, those left
/// out being the defaults), or the activation that a value is multiplied with.
impl FromStr for Gate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(named) = Self::NAMED.iter().find(|named| named.name.eq_ignore_ascii_case(text)) {
            return Ok(named.gate);
        }
        let call = Call::parse(text)?;
        let own = Self::NAMED.iter().find_map(|named| match named.gate.0 {
            Form::Own(kind, parameters) if named.name.eq_ignore_ascii_case(call.name()) => {
                Some((kind, parameters))
            }
            _ => None,
        });
        let Some((kind, mut parameters)) = own else {
            return match text.parse::<Activation>() {
                Err(Error::UnknownActivation { name, .. }) => Err(unknown(name)),
                activation => Ok(activation?.into()),
            };
        };
        let row = kind.row();
        let known: Vec<&'static str> = row.parameters.iter().map(|(name, _)| *name).collect();
        for (index, value) in call.values_by_place(row.name, &known)? {
            parameters[index] = value;
        }
        Self::own(kind, parameters)
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
            Form::Own(kind, parameters) => {
                let row = kind.row();
                let named = row.parameters.iter().zip(parameters);
                let list: Vec<String> = named.map(|((name, _), value)| format!("{name}={value}")).collect();
                write!(f, "{}({})", row.name, list.join(", "))
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
            _ => f.write_str(self.name()),
        }
    }
}
