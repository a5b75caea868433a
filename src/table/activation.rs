//! Activations as values: which function, with which parameters.

use std::fmt;

use crate::error::Error;
use crate::reference::{Exact, ScalarOracle};
#[cfg(feature = "verify")]
use crate::table::bounds::{Bound, Budget};
use crate::table::kind::Kind;
use crate::table::row::{MAX_PARAMETERS, Parameter};
use crate::table::rows::{for_each_activation, row_doc};

/// An activation function with its parameters: small, `Copy`, and checked when it is made.
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

/// Constants where there are no parameters, constructors where there are.
macro_rules! constructors {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) {
            aliases: [$($alias:literal),*],
            source: $source:literal,
            $($field:ident: $value:expr),* $(,)?
        }
    )*) => {
        impl Activation {
            $(
                constructors! {
                    @make $variant $name [$($constant)?] ($($parameter),*) $($doc)+,
                    row_doc!($source [$($alias)*] $($field: $value,)*)
                }
            )*
        }
    };
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
        pub fn $name($($parameter: f32),+) -> Result<Self, Error> {
            Kind::$variant.with(&[$($parameter),+])
        }
    };
}

for_each_activation!(constructors);

impl Kind {
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
        row.accept(parameters)?;
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
        let mut kinks = (self.kind.row().kinks)(self.parameters());
        // An infinite bound is none.
        kinks.retain(|kink| kink.is_finite());
        kinks
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

    /// f''(x), or ∂²f/∂x∂w(x) for the learnable parameter w of this position, in f64; `None` if there is none of that
    /// position. NaN gives NaN.
    #[must_use]
    pub fn exact_second(&self, learnable: Option<usize>, x: f64) -> Option<f64> {
        match self.kind.row().second_by(learnable) {
            ("", _) => None,
            (_, None) => Some(if x.is_nan() { x } else { 0.0 }),
            (_, Some(second)) => Some(self.exact_scalar(second.oracle, x)),
        }
    }

    /// The bound of that.
    #[cfg(feature = "verify")]
    pub(crate) fn budget_of_second(&self, learnable: Option<usize>) -> Bound {
        let (_, second) = self.kind.row().second_by(learnable);
        second.map_or(Bound::ROUNDED_ONCE, |second| (second.budget)(self.parameters()))
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

impl From<Activation> for Kind {
    fn from(activation: Activation) -> Self {
        activation.kind
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
