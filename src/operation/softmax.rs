//! Softmax and its logarithm: functions of rows.

use std::fmt;

use crate::error::Error;
use crate::operation::{Axis, Direction};

/// Which function of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SoftmaxKind {
    /// exp(s xₖ) / Σⱼ exp(s xⱼ)
    Softmax,
    /// s xₖ - log Σⱼ exp(s xⱼ)
    LogSoftmax,
}

impl SoftmaxKind {
    /// All there are.
    pub const ALL: &[Self] = &[Self::Softmax, Self::LogSoftmax];

    /// As PyTorch and JAX have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
        }
    }

    pub(crate) const fn wgsl(self) -> &'static str {
        match self {
            Self::Softmax => include_str!("../../shaders/rows/softmax.wgsl"),
            Self::LogSoftmax => include_str!("../../shaders/rows/log_softmax.wgsl"),
        }
    }

    /// The WGSL function of one element; that of what is summed has `_term` after it.
    pub(crate) fn function(self, direction: Direction) -> String {
        let suffix = if direction == Direction::Forward { "" } else { "_backward" };
        format!("row_{}{suffix}", self.name())
    }
}

impl fmt::Display for SoftmaxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Softmax, or its logarithm, along an axis, of scaled elements.
///
/// softmax: yₖ = exp(s xₖ) / Σⱼ exp(s xⱼ); its gradient, from the output: dxₖ = s yₖ (dyₖ - Σⱼ yⱼ dyⱼ). log_softmax:
/// yₖ = s xₖ - log Σⱼ exp(s xⱼ); dxₖ = s (dyₖ - exp(yₖ) Σⱼ dyⱼ). The scale s is 1 unless [`Softmax::scaled`] says otherwise: attention's
/// 1/√d, one over the temperature, or -1 for softmin.
///
/// The largest element is taken out first, so that no finite input overflows. Elements that are -∞ are masked: 0 in softmax, -∞ in
/// log_softmax, and no gradient. A row that is all -∞ is 0, or -∞, where PyTorch gives NaN. An element that is +∞ takes all: 1; several
/// share it, where PyTorch gives NaN. (Of s x, for a negative scale.) A row with NaN is NaN. See PyTorch's `torch.nn.Softmax`.
///
/// ```
/// use wgpu_activations::{Axis, Error, Softmax};
///
/// /// The weights of attention, over a last dimension of as many keys.
/// fn weights(keys: u64, head: f32) -> Result<Softmax, Error> {
///     Softmax::new(Axis::last(keys)).scaled(1.0 / head.sqrt())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Softmax {
    kind: SoftmaxKind,
    axis: Axis,
    scale: f32,
}

impl Softmax {
    /// Softmax along an axis.
    #[must_use]
    pub const fn new(axis: Axis) -> Self {
        Self::of(SoftmaxKind::Softmax, axis)
    }

    /// The logarithm of softmax along an axis. Its digits are right next to 0, where one element outweighs all others, and far
    /// below it.
    #[must_use]
    pub const fn log(axis: Axis) -> Self {
        Self::of(SoftmaxKind::LogSoftmax, axis)
    }

    /// Either of them.
    #[must_use]
    pub const fn of(kind: SoftmaxKind, axis: Axis) -> Self {
        Self { kind, axis, scale: 1.0 }
    }

    /// The same of `scale * x`.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for a scale whose size is not from 2^-100 to 2^100.
    pub fn scaled(self, scale: f32) -> Result<Self, Error> {
        if (2f32.powi(-100)..=2f32.powi(100)).contains(&scale.abs()) {
            return Ok(Self { scale, ..self });
        }
        let (activation, parameter) = (self.kind.name(), "scale");
        Err(Error::InvalidParameter {
            activation,
            parameter,
            value: scale,
            requirement: "must have a size from 2^-100 to 2^100",
        })
    }

    /// Which of them it is.
    #[must_use]
    pub const fn kind(self) -> SoftmaxKind {
        self.kind
    }

    /// What it goes along.
    #[must_use]
    pub const fn axis(self) -> Axis {
        self.axis
    }

    /// What elements are multiplied by.
    #[must_use]
    pub const fn scale(self) -> f32 {
        self.scale
    }

    /// What its WGSL functions take last: the largest of s x is that of x, or of -x.
    pub(crate) fn arguments(self) -> Vec<f32> {
        vec![self.scale.abs(), self.scale.signum()]
    }
}
