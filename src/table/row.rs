//! The types of a row of the table.

use crate::error::Error;
use crate::reference::{Oracle, ScalarOracle};
use crate::table::bounds::{Bound, Budget};

/// The most values that a shader function takes beside x and dy: parameters and what is derived from them.
#[cfg(any(feature = "verify", test))]
pub(crate) const MAX_ARGUMENTS: usize = 8;
/// The most parameters that a row has.
pub(crate) const MAX_PARAMETERS: usize = 4;

/// One row of the table: all that is known of an activation.
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks for budgets"))]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) source: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// The parameters that may be infinite: those in which the function has a limit.
    pub(crate) infinite: &'static [&'static str],
    /// What is wrong with these parameters, beside not being finite: (index, requirement).
    pub(crate) check: fn(&[f32]) -> Option<(usize, &'static str)>,
    /// Values that the host computes in f64 and the shader takes after the parameters.
    pub(crate) derived: &'static [Derived],
    pub(crate) learnable: &'static [Learnable],
    /// Whether parameters may be drawn, for each element anew: `act_NAME_draw` of `shaders/activations/` then draws a slope.
    pub(crate) draws: bool,
    /// Whether parameters are factors, so that a NaN of theirs shows in results without being looked for.
    pub(crate) parameters_are_factors: bool,
    pub(crate) formula: &'static str,
    pub(crate) derivative: &'static str,
    /// f''(x): "0" where the function is straight between its kinks, empty for a program's own function, of which nobody reads it.
    pub(crate) second_derivative: &'static str,
    pub(crate) at_kinks: &'static str,
    pub(crate) kinks: fn(&[f32]) -> Vec<f64>,
    /// Further parameter values that every check uses beside the defaults (or in their place, where there are none).
    pub(crate) samples: &'static [&'static [f32]],
    pub(crate) from_output: Option<FromOutput>,
    /// Where `second_derivative` is not "0": `act_NAME_second` computes it. A program's own function may have none.
    pub(crate) second: Option<Second>,
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
    /// Its derivative by x, as [`Row::second_derivative`] is that of the derivative by x.
    pub(crate) mixed_derivative: &'static str,
    /// Likewise: `act_NAME_second_PARAMETER` computes it.
    pub(crate) mixed: Option<Second>,
}

/// A second derivative: by x twice, or by x and a parameter.
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "only verify asks for budgets"))]
pub(crate) struct Second {
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

impl Row {
    /// Whether the file has a function `act_NAME_SUFFIX`.
    fn has_function(&self, suffix: &str) -> bool {
        self.wgsl.contains(&format!("fn act_{}_{suffix}(", self.name))
    }

    /// Whether `act_NAME_derive` computes what is derived, where only the GPU knows the parameters.
    pub(crate) fn derives_in_shader(&self) -> bool {
        self.has_function("derive")
    }

    /// The function of the value in kernels that have the derivative, too: `act_NAME_beside_backward` where the file has one, since
    /// the derivative's parts make a value that is longer alone.
    pub(crate) fn value_beside_backward(&self) -> String {
        let suffix = if self.has_function("beside_backward") { "_beside_backward" } else { "" };
        format!("act_{}{suffix}", self.name)
    }

    /// Refuses values that are not finite (or infinite, where that is a limit), subnormal, or not in the function's range.
    pub(crate) fn accept(&self, parameters: &[f32]) -> Result<(), Error> {
        let refused = |(index, value): (usize, &f32)| {
            let limit = self.infinite.contains(&self.parameters[index].name);
            let requirement = if limit { "it must not be NaN" } else { "it must be finite" };
            let accepted = value.is_finite() || (limit && value.is_infinite());
            if accepted { None } else { Some((index, requirement)) }
        };
        let not_finite = parameters.iter().enumerate().find_map(refused);
        let wrong = not_finite.or_else(|| refuse_subnormal(parameters)).or_else(|| (self.check)(parameters));
        match wrong {
            None => Ok(()),
            Some((index, requirement)) => Err(Error::InvalidParameter {
                activation: self.name,
                parameter: self.parameters[index].name,
                value: parameters[index],
                requirement,
            }),
        }
    }

    /// A second derivative as text, by x or by this learnable parameter, and what there is of it: `None` if it is nobody's, or 0.
    pub(crate) fn second_by(&self, learnable: Option<usize>) -> (&'static str, Option<&Second>) {
        match learnable {
            None => (self.second_derivative, self.second.as_ref()),
            Some(index) => self
                .learnable
                .get(index)
                .map_or(("", None), |learnable| (learnable.mixed_derivative, learnable.mixed.as_ref())),
        }
    }

    #[cfg(any(feature = "cpu", feature = "verify"))]
    /// Where the learnable parameters stand among the parameters.
    pub(crate) fn learnable_positions(&self) -> impl Iterator<Item = usize> {
        let position = |learnable: &Learnable| {
            self.parameters.iter().position(|parameter| parameter.name == learnable.parameter)
        };
        self.learnable.iter().filter_map(position)
    }

    /// Whether parameters may be learned or drawn, and so differ from one element to the next.
    #[cfg(feature = "cpu")]
    pub(crate) const fn varies(&self) -> bool {
        !self.learnable.is_empty() || self.draws
    }
}

/// Refuses a subnormal parameter: an adapter may take it for 0, and times a large input it is far from that.
pub(crate) fn refuse_subnormal(parameters: &[f32]) -> Option<(usize, &'static str)> {
    let index = parameters.iter().position(|value| value.is_subnormal())?;
    Some((index, "it must be 0, or at least 1.2e-38 in size"))
}

impl AsRef<str> for Row {
    fn as_ref(&self) -> &str {
        self.name
    }
}

/// What a row need not say.
pub(crate) const fn unremarkable(name: &'static str, oracle: Oracle, wgsl: &'static str) -> Row {
    Row {
        name,
        aliases: &[],
        source: "",
        parameters: &[],
        infinite: &[],
        check: |_| None,
        derived: &[],
        learnable: &[],
        draws: false,
        parameters_are_factors: false,
        formula: "",
        derivative: "",
        second_derivative: "",
        at_kinks: "",
        kinks: |_| Vec::new(),
        samples: &[],
        from_output: None,
        second: None,
        oracle,
        budget: |_| Budget::rounded_once(),
        wgsl,
    }
}
