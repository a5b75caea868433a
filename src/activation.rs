//! Activations as values: which function, with which parameters; names, parsing, properties.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::reference::{Exact, Oracle, ScalarOracle};

/// The most values that a shader function takes beside x and dy: parameters and what is derived from them.
pub(crate) const MAX_ARGUMENTS: usize = 8;
/// The most parameters that a row has.
pub(crate) const MAX_PARAMETERS: usize = 4;

/// One row of the table: all that is known of an activation.
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks for budgets"))]
pub(crate) struct Row {
    #[cfg_attr(
        not(any(test, feature = "cpu")),
        allow(
            dead_code,
            reason = "loops and tests ask; the tests hold the order of rows and kinds together"
        )
    )]
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) source: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// What is wrong with these parameters, beside not being finite: (index, requirement).
    pub(crate) check: fn(&[f32]) -> Option<(usize, &'static str)>,
    /// Values that the host computes in f64 and the shader takes after the parameters.
    pub(crate) derived: &'static [Derived],
    pub(crate) learnable: &'static [Learnable],
    pub(crate) formula: &'static str,
    pub(crate) derivative: &'static str,
    pub(crate) at_kinks: &'static str,
    pub(crate) kinks: fn(&[f32]) -> Vec<f64>,
    /// Further parameter values that every check uses beside the defaults (or in their place, where there are none).
    pub(crate) samples: &'static [&'static [f32]],
    pub(crate) from_output: Option<FromOutput>,
    pub(crate) oracle: Oracle,
    /// By parameters: other values than the defaults may cost more, and a floor's interval moves with them.
    pub(crate) budget: fn(&[f32]) -> Budget,
    pub(crate) wgsl: &'static str,
}

/// A parameter of an activation.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, as PyTorch or ONNX has it.
    pub name: &'static str,
    /// PyTorch's default, or ONNX's where the activation is ONNX's own.
    pub default: Option<f32>,
}

/// A value that a shader function takes after the parameters, computed on the host in f64.
pub(crate) struct Derived {
    #[allow(dead_code, reason = "tells the reader of a row which argument of the shader this is")]
    pub(crate) name: &'static str,
    pub(crate) value: fn(&[f32]) -> f32,
}

/// The derivative by a parameter that a network learns.
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks for budgets"))]
pub(crate) struct Learnable {
    pub(crate) parameter: &'static str,
    pub(crate) derivative: &'static str,
    pub(crate) oracle: ScalarOracle,
    pub(crate) budget: fn(&[f32]) -> Bound,
}

/// The derivative as a function of the output, where the activation is one-to-one or its derivative does not care.
pub(crate) struct FromOutput {
    /// The condition on the parameters, in words: "always", "negative_slope >= 0".
    pub(crate) when: &'static str,
    pub(crate) holds: fn(&[f32]) -> bool,
    pub(crate) oracle: ScalarOracle,
}

/// How far a result may be from the exact one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Bound {
    /// In units in the last place of the exact result.
    pub ulp: f64,
    /// Beside a zero where terms cancel, an absolute error may take over.
    pub floor: Option<Floor>,
    /// The inputs that the bound speaks of, both ends included. `None`: all inputs.
    pub domain: Option<(f64, f64)>,
    /// Where results lie for other finite inputs (for a gradient: times dy), both ends included.
    pub beyond: (f64, f64),
}

/// An absolute error that stands in for the relative one beside a zero of a derivative, where terms cancel.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Floor {
    /// The error that is allowed (for a gradient: times |dy|).
    pub absolute: f64,
    /// The inputs for which it is allowed, both ends included.
    pub interval: (f64, f64),
    /// Whether it is allowed for the negatives of those inputs, too.
    pub mirrored: bool,
    /// Why no relative bound holds there.
    pub why: &'static str,
}

impl Bound {
    /// The result is the exact one, rounded once.
    pub(crate) const ROUNDED_ONCE: Self = Self::ulp(0.5);

    pub(crate) const fn ulp(ulp: f64) -> Self {
        Self { ulp, floor: None, domain: None, beyond: (f32::MIN as f64, f32::MAX as f64) }
    }

    /// The bound for inputs of at most this magnitude. Beyond, results are finite.
    pub(crate) const fn up_to(self, magnitude: f64) -> Self {
        Self { domain: Some((-magnitude, magnitude)), ..self }
    }

    /// And beyond the domain, results lie between these.
    pub(crate) const fn then_between(self, low: f64, high: f64) -> Self {
        Self { beyond: (low, high), ..self }
    }

    pub(crate) const fn with_floor(self, absolute: f64, interval: (f64, f64), why: &'static str) -> Self {
        Self { floor: Some(Floor { absolute, interval, mirrored: false, why }), ..self }
    }

    /// As [`Bound::with_floor`], on both sides of 0.
    pub(crate) const fn with_mirrored_floor(
        self,
        absolute: f64,
        interval: (f64, f64),
        why: &'static str,
    ) -> Self {
        Self { floor: Some(Floor { absolute, interval, mirrored: true, why }), ..self }
    }

    /// The absolute error that is allowed at this input; 0 for none.
    #[must_use]
    pub fn floor_at(&self, x: f64) -> f64 {
        self.floor.filter(|floor| floor.covers(x)).map_or(0.0, |floor| floor.absolute)
    }

    /// Whether the bound speaks of this input: elsewhere a result is only known to lie between two values.
    #[must_use]
    pub fn speaks_of(&self, x: f64) -> bool {
        self.domain.is_none_or(|(low, high)| low <= x && x <= high)
    }
}

impl Floor {
    /// Whether it is allowed at this input.
    #[must_use]
    pub fn covers(&self, x: f64) -> bool {
        let within = |x: f64| self.interval.0 <= x && x <= self.interval.1;
        within(x) || (self.mirrored && within(-x))
    }
}

/// The bounds of an activation's directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget {
    pub(crate) forward: Bound,
    pub(crate) backward: Bound,
    pub(crate) from_output: Bound,
}

impl Budget {
    pub(crate) const fn ulp(forward: f64, backward: f64, from_output: f64) -> Self {
        Self {
            forward: Bound::ulp(forward),
            backward: Bound::ulp(backward),
            from_output: Bound::ulp(from_output),
        }
    }

    /// Every direction selects, or rounds once.
    pub(crate) const fn rounded_once() -> Self {
        Self::ulp(0.5, 0.5, 0.5)
    }
}

impl Row {
    /// Whether parameters may be learned or drawn, and so differ from one element to the next.
    #[cfg(feature = "cpu")]
    pub(crate) const fn varies(&self) -> bool {
        !self.learnable.is_empty() || self.kind.draws()
    }
}

/// What a row need not say.
pub(crate) const fn unremarkable(kind: Kind, name: &'static str, oracle: Oracle, wgsl: &'static str) -> Row {
    Row {
        kind,
        name,
        aliases: &[],
        source: "",
        parameters: &[],
        check: |_| None,
        derived: &[],
        learnable: &[],
        formula: "",
        derivative: "",
        at_kinks: "",
        kinks: |_| Vec::new(),
        samples: &[],
        from_output: None,
        oracle,
        budget: |_| Budget::rounded_once(),
        wgsl,
    }
}

/// Turns the rows of `table.rs` into `Kind`, the rows themselves, and the constants and constructors of `Activation`.
///
/// It begins with a `$`, which the macro that it makes needs.
macro_rules! activations {
    ($dollar:tt $(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) {
            aliases: [$($alias:literal),*],
            source: $source:literal,
            $($field:ident: $value:expr),* $(,)?
        }
    )*) => {
        /// Which function, its parameters apart. The rows of the table, in its order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(
                $(#[doc = $doc])+
                #[doc = activations!(@doc $source [$($alias)*] $($field: $value,)*)]
                $variant,
            )*
        }

        impl Kind {
            /// Every activation, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        pub(crate) static ROWS: &[Row] = &[$(
            Row {
                parameters: &[$(Parameter {
                    name: stringify!($parameter),
                    default: activations!(@default $($default)?),
                }),*],
                aliases: &[$($alias),*],
                source: $source,
                $($field: $value,)*
                ..crate::activation::unremarkable(
                    Kind::$variant,
                    stringify!($name),
                    |parameters, points, results| {
                        reference::each(reference::$name, parameters, points, results);
                    },
                    include_str!(concat!("../shaders/activations/", stringify!($name), ".wgsl")),
                )
            }
        ),*];

        /// Calls a macro with the variants of [`Kind`], in the order of the rows: what has something for each of them writes no list.
        #[cfg(feature = "cpu")]
        macro_rules! for_each_activation {
            ($dollar callback:ident) => { $dollar callback! { $($variant)* } };
        }
        #[cfg(feature = "cpu")]
        pub(crate) use for_each_activation;

        impl crate::Activation {
            $(
                activations! {
                    @make $variant $name [$($constant)?] ($($parameter),*) $($doc)+,
                    activations!(@doc $source [$($alias)*] $($field: $value,)*)
                }
            )*
        }
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@make $variant:ident $name:ident [$constant:ident] () $($doc:literal)+, $row:expr) => {
        $(#[doc = $doc])+
        #[doc = $row]
        pub const $constant: Self = Self::without_parameters(Kind::$variant);
    };
    (@make $variant:ident $name:ident [] ($($parameter:ident),+) $($doc:literal)+, $row:expr) => {
        $(#[doc = $doc])+
        #[doc = $row]
        ///
        /// # Errors
        /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) if a parameter is not finite or out of its range.
        pub fn $name($($parameter: f32),+) -> Result<Self, crate::Error> {
            Kind::$variant.with(&[$($parameter),+])
        }
    };
    // What rustdoc shows of a row, so that no formula is written twice.
    (@doc $source:literal [$($alias:literal)*] $($row:tt)*) => {
        concat!(
            "\n\n- f(x) = `", activations!(@find formula $($row)*), "`",
            "\n- f'(x) = `", activations!(@find derivative $($row)*), "`",
            "\n- f' at kinks: ", activations!(@find at_kinks $($row)*),
            "\n- source: ", $source,
            "\n- also parsed from:", $(" `", $alias, "`",)* "\n"
        )
    };
    (@find formula formula: $value:expr, $($rest:tt)*) => { $value };
    (@find derivative derivative: $value:expr, $($rest:tt)*) => { $value };
    (@find at_kinks at_kinks: $value:expr, $($rest:tt)*) => { $value };
    (@find at_kinks) => { "it has no jump" };
    (@find $wanted:ident $other:ident: $value:expr, $($rest:tt)*) => { activations!(@find $wanted $($rest)*) };
}
pub(crate) use activations;

pub use crate::table::Kind;

/// An activation function with its parameters: small, `Copy`, checked when it was made.
///
/// ```
/// use wgpu_activations::Activation;
/// let act = Activation::leaky_relu(0.2)?;
/// assert_eq!(act.to_string(), "leaky_relu(negative_slope=0.2)");
/// assert_eq!("leaky_relu(negative_slope=0.2)".parse::<Activation>()?, act);
/// assert!(Activation::leaky_relu(f32::NAN).is_err());
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Activation {
    kind: Kind,
    /// The first as many as the row has; the rest 0.
    parameters: [f32; MAX_PARAMETERS],
}

impl Kind {
    pub(crate) fn row(self) -> &'static Row {
        &crate::table::ROWS[self as usize]
    }

    /// How many values the WGSL functions take after x and dy: see [`Activation::arguments`].
    pub(crate) fn arguments(self) -> usize {
        self.row().parameters.len() + self.row().derived.len()
    }

    /// The identifier: in the table, on the command line, in WGSL (with the prefix `act_`).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Further names that [`Activation`] is parsed from: those of PyTorch and ONNX.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        self.row().aliases
    }

    /// The parameters, in the order that [`Kind::with`] takes them.
    #[must_use]
    pub fn parameters(self) -> &'static [Parameter] {
        self.row().parameters
    }

    /// f(x) as text: plain arithmetic with `^`, `? :`, functions such as `exp`, and names explained after a final `where`.
    #[must_use]
    pub fn formula(self) -> &'static str {
        self.row().formula
    }

    /// f'(x), kinks included, as text in the language of [`Kind::formula`].
    #[must_use]
    pub fn derivative(self) -> &'static str {
        self.row().derivative
    }

    /// The derivative at the kinks, in words; empty where there are none.
    #[must_use]
    pub fn at_kinks(self) -> &'static str {
        self.row().at_kinks
    }

    /// Where the definition comes from: a paper, or what PyTorch, ONNX or another library calls it.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.row().source
    }

    /// When a backward from the output exists: `None` for never, else "always" or a condition on the parameters.
    #[must_use]
    pub fn from_output_when(self) -> Option<&'static str> {
        self.row().from_output.as_ref().map(|from_output| from_output.when)
    }

    /// The parameters that a network can learn, in the order of their numbers: each one's name, and ∂f/∂w(x) as text.
    pub fn learnable(self) -> impl ExactSizeIterator<Item = (&'static str, &'static str)> {
        self.row().learnable.iter().map(|learnable| (learnable.parameter, learnable.derivative))
    }

    /// Where these stand among the parameters.
    #[cfg(any(feature = "cpu", feature = "verify"))]
    pub(crate) fn learnable_positions(self) -> impl Iterator<Item = usize> {
        let position = move |name| self.parameters().iter().position(|parameter| parameter.name == name);
        self.learnable().filter_map(move |(name, _)| position(name))
    }

    /// Whether parameters may be drawn, for each element anew.
    pub(crate) const fn draws(self) -> bool {
        matches!(self, Self::Rrelu)
    }

    /// The activation with its default parameters.
    ///
    /// # Errors
    /// [`Error::MissingParameter`] if a parameter has no default.
    pub fn with_defaults(self) -> Result<Activation, Error> {
        self.with_named(&[])
    }

    /// The activation with these parameters, in the order of [`Kind::parameters`].
    ///
    /// # Errors
    /// [`Error::MissingParameter`] if there are too few, [`Error::UnknownParameter`] if too many,
    /// [`Error::InvalidParameter`] if one is not finite or out of range.
    pub fn with(self, parameters: &[f32]) -> Result<Activation, Error> {
        let row = self.row();
        if let Some(missing) = row.parameters.get(parameters.len()) {
            return Err(Error::MissingParameter { activation: row.name, parameter: missing.name });
        }
        if let Some(extra) = parameters.get(row.parameters.len()) {
            return Err(self.unknown_parameter(&extra.to_string()));
        }
        self.check(parameters)?;
        let mut activation = Activation::without_parameters(self);
        activation.parameters[..parameters.len()].copy_from_slice(parameters);
        Ok(activation)
    }

    /// The activation with these parameters by name, the others at their defaults.
    ///
    /// # Errors
    /// As [`Kind::with`], and [`Error::UnknownParameter`] for a name that the activation does not have.
    pub fn with_named(self, named: &[(&str, f32)]) -> Result<Activation, Error> {
        let row = self.row();
        if let Some((name, _)) = named.iter().find(|(name, _)| row.parameters.iter().all(|p| p.name != *name))
        {
            return Err(self.unknown_parameter(name));
        }
        let value = |parameter: &Parameter| {
            let given = named.iter().rev().find(|(name, _)| *name == parameter.name).map(|(_, value)| *value);
            given
                .or(parameter.default)
                .ok_or(Error::MissingParameter { activation: row.name, parameter: parameter.name })
        };
        let parameters = row.parameters.iter().map(value).collect::<Result<Vec<f32>, Error>>()?;
        self.with(&parameters)
    }

    /// The activations that every check of this kind runs: the defaults, then the table's samples.
    #[must_use]
    pub fn samples(self) -> Vec<Activation> {
        let samples = self.row().samples.iter().map(|parameters| self.with(parameters));
        std::iter::once(self.with_defaults()).chain(samples).filter_map(Result::ok).collect()
    }

    fn check(self, parameters: &[f32]) -> Result<(), Error> {
        let row = self.row();
        let not_finite =
            parameters.iter().position(|value| !value.is_finite()).map(|index| (index, "it must be finite"));
        match not_finite.or_else(|| (row.check)(parameters)) {
            None => Ok(()),
            Some((index, requirement)) => Err(Error::InvalidParameter {
                activation: row.name,
                parameter: row.parameters[index].name,
                value: parameters[index],
                requirement,
            }),
        }
    }

    fn unknown_parameter(self, name: &str) -> Error {
        let known = self.parameters().iter().map(|parameter| parameter.name).collect();
        Error::UnknownParameter { activation: self.name(), name: name.to_owned(), known }
    }
}

impl Activation {
    pub(crate) const fn without_parameters(kind: Kind) -> Self {
        Self::unchecked(kind, [0.0; MAX_PARAMETERS])
    }

    /// With parameters that the row is known to accept.
    pub(crate) const fn unchecked(kind: Kind, parameters: [f32; MAX_PARAMETERS]) -> Self {
        Self { kind, parameters }
    }

    /// Which function.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The parameters' values, in the order of [`Kind::parameters`].
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        &self.parameters[..self.kind.parameters().len()]
    }

    /// The values of all parameters that a row may have, those that it does not have being 0.
    #[cfg(feature = "cpu")]
    pub(crate) fn padded_parameters(&self) -> &[f32; MAX_PARAMETERS] {
        &self.parameters
    }

    /// The values that the WGSL functions take after x and dy: the parameters, then what the host derives from them.
    #[must_use]
    pub fn arguments(&self) -> Vec<f32> {
        let derived = self.kind.row().derived.iter().map(|derived| (derived.value)(self.parameters()));
        self.parameters().iter().copied().chain(derived).collect()
    }

    /// The source of this activation's WGSL library: its functions and the math that they need, for use in your own shaders.
    #[must_use]
    pub fn wgsl(&self) -> String {
        crate::shader::library(&[self.kind])
    }

    /// Whether the backward from the output exists for these parameters.
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] if not.
    pub fn check_from_output(&self) -> Result<(), Error> {
        let reason = match &self.kind.row().from_output {
            Some(from_output) if (from_output.holds)(self.parameters()) => return Ok(()),
            Some(from_output) => from_output.when,
            None => "its derivative is not a function of the output",
        };
        Err(Error::NoBackwardFromOutput { activation: self.to_string(), reason })
    }

    /// The x where the function, its derivative, or that derivative's slope breaks or jumps.
    #[must_use]
    pub fn kinks(&self) -> Vec<f64> {
        (self.kind.row().kinks)(self.parameters())
    }

    /// The exact value and derivative, in f64. NaN gives NaN.
    #[must_use]
    pub fn exact(&self, x: f64) -> Exact {
        let mut result = [Exact { value: x, derivative: x }];
        self.exact_each(&[x], &mut result);
        result[0]
    }

    /// [`Activation::exact`] at many points, as far as the shorter slice goes: faster than one by one.
    pub fn exact_each(&self, points: &[f64], results: &mut [Exact]) {
        (self.kind.row().oracle)(&self.parameters_f64()[..self.parameters().len()], points, results);
    }

    /// The exact derivative as a function of the output y, in f64; `None` where it is not one. NaN gives NaN.
    #[must_use]
    pub fn exact_from_output(&self, y: f64) -> Option<f64> {
        let from_output = self.kind.row().from_output.as_ref().filter(|it| (it.holds)(self.parameters()))?;
        Some(self.exact_scalar(from_output.oracle, y))
    }

    /// The exact derivative by learnable parameter number `index`, in f64; `None` if there is none of that number. NaN gives NaN.
    #[must_use]
    pub fn exact_by_parameter(&self, index: usize, x: f64) -> Option<f64> {
        let learnable = self.kind.row().learnable.get(index)?;
        Some(self.exact_scalar(learnable.oracle, x))
    }

    /// The bounds that hold for these parameters.
    #[cfg(feature = "verify")]
    pub(crate) fn budget(&self) -> Budget {
        (self.kind.row().budget)(self.parameters())
    }

    /// The bound of the derivative by learnable parameter number `index`.
    #[cfg(feature = "verify")]
    pub(crate) fn budget_by_parameter(&self, index: usize) -> Bound {
        let learnable = self.kind.row().learnable.get(index);
        learnable.map_or(Bound::ROUNDED_ONCE, |learnable| (learnable.budget)(self.parameters()))
    }

    fn exact_scalar(&self, oracle: ScalarOracle, at: f64) -> f64 {
        if at.is_nan() { at } else { oracle(at, &self.parameters_f64()[..self.parameters().len()]) }
    }

    fn parameters_f64(&self) -> [f64; MAX_PARAMETERS] {
        self.parameters.map(f64::from)
    }
}

/// As it is parsed: `relu`, `leaky_relu(negative_slope=0.2)`.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let parameters = self.kind.parameters().iter().zip(self.parameters());
        for (index, (parameter, value)) in parameters.enumerate() {
            let separator = if index == 0 { "(" } else { ", " };
            write!(f, "{separator}{}={value}", parameter.name)?;
        }
        if self.parameters().is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Activation({self})")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names that stand for several functions, with the real ones.
const AMBIGUOUS: &[(&str, &[&str])] = &[
    ("gelu", &["gelu_erf", "gelu_tanh"]),
    // PyTorch writes Hardsigmoid, with a slope of 1/6; ONNX writes HardSigmoid, with 0.2.
    ("HardSigmoid", &["hardsigmoid", "hardsigmoid(slope=0.2)"]),
];

impl FromStr for Kind {
    type Err = Error;

    /// The name, or an alias of PyTorch's or ONNX's.
    fn from_str(name: &str) -> Result<Self, Error> {
        let names = |kind: &Kind| kind.name() == name || kind.aliases().contains(&name);
        if let Some(kind) = Self::ALL.iter().copied().find(names) {
            return Ok(kind);
        }
        if let Some((_, candidates)) =
            AMBIGUOUS.iter().find(|(ambiguous, _)| ambiguous.eq_ignore_ascii_case(name))
        {
            return Err(Error::AmbiguousActivation { name: name.to_owned(), candidates });
        }
        let distance = |candidate: &&str| edit_distance(&name.to_lowercase(), &candidate.to_lowercase());
        let nearest = Self::ALL
            .iter()
            .flat_map(|kind| std::iter::once(kind.name()).chain(kind.aliases().iter().copied()))
            .min_by_key(distance);
        Err(Error::UnknownActivation { name: name.to_owned(), nearest: nearest.unwrap_or_default() })
    }
}

impl FromStr for Activation {
    type Err = Error;

    /// `name`, or `name(parameter=value, ...)`; parameters that are not given take their defaults.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parse_error = |expected| Error::Parse { text: text.to_owned(), expected };
        let text_trimmed = text.trim();
        let Some((name, rest)) = text_trimmed.split_once('(') else {
            return text_trimmed.parse::<Kind>()?.with_defaults();
        };
        let kind: Kind = name.trim().parse()?;
        let list = rest.strip_suffix(')').ok_or_else(|| parse_error("a closing parenthesis"))?;
        let named = list
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let (name, value) = part.split_once('=').ok_or_else(|| parse_error("parameter=value"))?;
                let value: f32 = value.trim().parse().map_err(|_| parse_error("a number after ="))?;
                Ok((name.trim(), value))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        kind.with_named(&named)
    }
}

/// Levenshtein's distance, for the nearest name.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
