//! Which way a function is computed.

use crate::table::Kind;
use crate::table::row::Row;

/// What is computed of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// y = f(x)
    Forward,
    /// dx = f'(x) dy
    Backward,
    /// dx = f'(f⁻¹(y)) dy
    BackwardFromOutput,
    /// f''(x) dy
    Second,
    /// ∂²f/∂x∂w(x) dy, element by element, for the learnable parameter w of this position
    SecondParameter(usize),
    /// ∂f/∂w(x) dy, element by element, for the learnable parameter w of this position (0 for the first one)
    BackwardParameter(usize),
    /// dw = Σ ∂f/∂w(x) dy, for the learnable parameter w of this position
    ParameterGradient(usize),
}

impl Direction {
    /// Whether results are sums over everything that shares a parameter.
    pub(crate) const fn is_summed(self) -> bool {
        matches!(self, Self::ParameterGradient(_))
    }

    /// What is written, as errors have it.
    pub(crate) const fn result(self) -> &'static str {
        match self {
            Self::Forward => "y",
            Self::Backward | Self::BackwardFromOutput => "dx",
            Self::Second => "the second derivative",
            Self::SecondParameter(_) => "the mixed derivative",
            Self::BackwardParameter(_) => "the derivative by the parameter",
            Self::ParameterGradient(_) => "the gradient of the parameter",
        }
    }

    /// The direction's name, as reports and labels have it: `backward_weight` element by element, `gradient_weight` summed,
    /// `second` and `second_weight`.
    #[must_use]
    pub fn name(self, kind: Kind) -> String {
        self.name_of(kind.row())
    }

    /// Of a second derivative, by which learnable parameter it is beside x: `None` for x twice.
    pub(crate) const fn second_by(self) -> Option<Option<usize>> {
        match self {
            Self::Second => Some(None),
            Self::SecondParameter(index) => Some(Some(index)),
            _ => None,
        }
    }

    pub(crate) fn name_of(self, row: &Row) -> String {
        let parameter =
            |index: usize| row.learnable.get(index).map_or("parameter", |learnable| learnable.parameter);
        match self {
            Self::Forward => "forward".to_owned(),
            Self::Backward => "backward".to_owned(),
            Self::BackwardFromOutput => "backward_from_output".to_owned(),
            Self::Second => "second".to_owned(),
            Self::SecondParameter(index) => format!("second_{}", parameter(index)),
            Self::BackwardParameter(index) => format!("backward_{}", parameter(index)),
            Self::ParameterGradient(index) => format!("gradient_{}", parameter(index)),
        }
    }
}
