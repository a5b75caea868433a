//! Softmax, its logarithm, and the logarithm of what it divides by.

use std::fmt;

use crate::error::Error;
use crate::operation::Axis;

/// Which function of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SoftmaxKind {
    /// exp(s xₖ) / Σⱼ exp(s xⱼ)
    Softmax,
    /// s xₖ - log Σⱼ exp(s xⱼ)
    LogSoftmax,
    /// log Σⱼ exp(s xⱼ), one result for a row
    LogSumExp,
}

impl SoftmaxKind {
    /// All there are.
    pub const ALL: &[Self] = &[Self::Softmax, Self::LogSoftmax, Self::LogSumExp];

    /// As PyTorch has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
            Self::LogSumExp => "logsumexp",
        }
    }
}

impl fmt::Display for SoftmaxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Softmax, its logarithm, or logsumexp, along an axis, of scaled elements.
///
/// softmax: yₖ = exp(s xₖ) / Σⱼ exp(s xⱼ); its gradient, from the output: dxₖ = s yₖ (dyₖ - Σⱼ yⱼ dyⱼ). log_softmax:
/// yₖ = s xₖ - log Σⱼ exp(s xⱼ); dxₖ = s (dyₖ - exp(yₖ) Σⱼ dyⱼ). logsumexp has one result for a row, y = log Σⱼ exp(s xⱼ);
/// dxₖ = s dy softmax(s x)ₖ. The scale s is 1 unless [`Softmax::scaled`] says otherwise: attention's
/// 1/√d, one over the temperature, or -1 for softmin.
///
/// The largest element is taken out first, so that no finite input overflows. Elements that are -∞ are masked: 0 in softmax, -∞ in
/// log_softmax, and no gradient. A row that is all -∞ is 0, or -∞ of a logarithm, where PyTorch's softmax gives NaN. An element that is +∞ takes all: 1; several
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

    /// The logarithm of the sum of exponentials along an axis: one f32 for each row, whatever the storage. Near 0, where the largest
    /// element and the logarithm beside it cancel, its error is of their size.
    #[must_use]
    pub const fn logsumexp(axis: Axis) -> Self {
        Self::of(SoftmaxKind::LogSumExp, axis)
    }

    /// Any of them.
    #[must_use]
    pub const fn of(kind: SoftmaxKind, axis: Axis) -> Self {
        Self { kind, axis, scale: 1.0 }
    }

    /// The same of `scale * x`.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for a scale whose size is not from 2^-100 to 2^100.
    pub fn scaled(self, scale: f32) -> Result<Self, Error> {
        check_scale(self.kind.name(), scale)?;
        Ok(Self { scale, ..self })
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

/// Scales with which no exponent of a difference leaves f32.
pub(super) fn check_scale(activation: &'static str, scale: f32) -> Result<(), Error> {
    if (2f32.powi(-100)..=2f32.powi(100)).contains(&scale.abs()) {
        return Ok(());
    }
    let requirement = "must have a size from 2^-100 to 2^100";
    Err(Error::InvalidParameter { activation, parameter: "scale", value: scale, requirement })
}
