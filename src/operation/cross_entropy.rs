//! Cross-entropy of rows of logits.

use crate::error::Error;
use crate::operation::Axis;
use crate::operation::softmax::check_scale;

/// What rows of logits are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Targets {
    /// A class for each row: the number of its element, as u32.
    Labels,
    /// A probability for each element, in the storage of the logits.
    Probabilities,
}

impl Targets {
    /// Both.
    pub const ALL: &[Self] = &[Self::Labels, Self::Probabilities];
}

/// Cross-entropy along an axis, of scaled logits and a target: a loss for each row, and its gradient straight from the logits.
///
/// loss = Σₖ tₖ (log Σⱼ exp(s xⱼ) - s xₖ), and dxₖ = s dy (softmax(s x)ₖ Σⱼ tⱼ - tₖ). tₖ = (1 - ε) pₖ + ε / n over a row of n elements, with the
/// label smoothing ε ([`CrossEntropy::smoothed`]); p is the target: probabilities, which nobody checks, or 1 at the row's label. The scale s
/// is 1 unless [`CrossEntropy::scaled`] says otherwise. Losses and what arrives at them, dy, are f32 whatever the storage, one for each row.
/// See PyTorch's `torch.nn.CrossEntropyLoss` with `reduction="none"`; a mean is a dy of one over the number of rows that count.
///
/// No probability is stored, and none cancels: a loss keeps its digits where it is 1e-30, and so does the gradient without smoothing.
/// A row whose label is to be ignored has a loss of 0 and no gradient, whatever its logits are. A label that no element has makes the row NaN.
/// Logits that are -∞ are masked: they have no gradient. The loss is +∞ where t is not 0 at a masked element, and of a row of nothing else.
/// (PyTorch gives NaN for such a row, and a masked label a gradient.) A row with NaN is NaN.
///
/// ```
/// use wgpu_activations::{Axis, CrossEntropy, Error};
///
/// /// A language model's loss, over a last dimension of as many tokens; labels of padding are ignored.
/// fn loss(tokens: u64, padding: u32) -> Result<CrossEntropy, Error> {
///     Ok(CrossEntropy::new(Axis::last(tokens)).smoothed(0.1)?.ignoring(padding))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossEntropy {
    targets: Targets,
    axis: Axis,
    scale: f32,
    smoothing: f32,
    ignored: u32,
}

impl CrossEntropy {
    /// With a label for each row.
    #[must_use]
    pub const fn new(axis: Axis) -> Self {
        Self::of(Targets::Labels, axis)
    }

    /// With a probability for each element.
    #[must_use]
    pub const fn with_probabilities(axis: Axis) -> Self {
        Self::of(Targets::Probabilities, axis)
    }

    /// Either of them.
    #[must_use]
    pub const fn of(targets: Targets, axis: Axis) -> Self {
        Self { targets, axis, scale: 1.0, smoothing: 0.0, ignored: u32::MAX }
    }

    /// The same of `scale * x`.
    ///
    /// # Errors
    /// As [`Softmax::scaled`](crate::Softmax::scaled).
    pub fn scaled(self, scale: f32) -> Result<Self, Error> {
        check_scale("cross_entropy", scale)?;
        Ok(Self { scale, ..self })
    }

    /// With label smoothing: a part of the target that all elements of a row share alike.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for what is not from 0 to 1.
    pub fn smoothed(self, smoothing: f32) -> Result<Self, Error> {
        if (0.0..=1.0).contains(&smoothing) {
            return Ok(Self { smoothing, ..self });
        }
        let (activation, parameter) = ("cross_entropy", "label_smoothing");
        let requirement = "must be from 0 to 1";
        Err(Error::InvalidParameter { activation, parameter, value: smoothing, requirement })
    }

    /// With another label that is ignored than `u32::MAX`.
    #[must_use]
    pub const fn ignoring(self, label: u32) -> Self {
        Self { ignored: label, ..self }
    }

    /// What rows are compared with.
    #[must_use]
    pub const fn targets(self) -> Targets {
        self.targets
    }

    /// What it goes along.
    #[must_use]
    pub const fn axis(self) -> Axis {
        self.axis
    }

    /// What logits are multiplied by.
    #[must_use]
    pub const fn scale(self) -> f32 {
        self.scale
    }

    /// The part of the target that all elements share.
    #[must_use]
    pub const fn smoothing(self) -> f32 {
        self.smoothing
    }

    /// The label that is ignored.
    #[must_use]
    pub const fn ignored(self) -> u32 {
        self.ignored
    }

    /// What its WGSL functions take, as [`RowKind::arguments`](crate::operation::RowKind::arguments) names it.
    pub(crate) fn arguments(self) -> Vec<f32> {
        let share = f64::from(self.smoothing) / self.axis.size() as f64;
        vec![self.scale.abs(), self.scale.signum(), 1.0 - self.smoothing, share as f32, self.smoothing]
    }
}
