//! Softmax, its logarithm, and the logarithm of what it divides by.

use std::fmt;

use crate::error::Error;
use crate::operation::Axis;
use crate::philox::gumbel_noise;

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
    /// 1 at the first of the largest s xₖ, else 0
    Hardmax,
    /// max(s xₖ - t, 0), where t makes the sum 1
    Sparsemax,
}

impl SoftmaxKind {
    /// All there are.
    pub const ALL: &[Self] =
        &[Self::Softmax, Self::LogSoftmax, Self::LogSumExp, Self::Hardmax, Self::Sparsemax];

    /// As PyTorch has it, and ONNX.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
            Self::LogSumExp => "logsumexp",
            Self::Hardmax => "hardmax",
            Self::Sparsemax => "sparsemax",
        }
    }

    /// Refuses sinks where there are none.
    pub(crate) fn check_sinks(self) -> Result<(), Error> {
        match self {
            Self::Sparsemax => Err(Error::NoSink { function: self.name() }),
            _ => Ok(()),
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
/// softmax: yₖ = exp(s xₖ) / Σⱼ exp(s xⱼ); its gradient, from the output: dxₖ = s yₖ (dyₖ - Σⱼ yⱼ dyⱼ). log_softmax: yₖ = s xₖ - log Σⱼ
/// exp(s xⱼ); dxₖ = s (dyₖ - exp(yₖ) Σⱼ dyⱼ). logsumexp has one result for a row, y = log Σⱼ exp(s xⱼ); dxₖ = s dy softmax(s x)ₖ. The
/// scale s is 1 unless [`Softmax::scaled`] says otherwise: attention's 1/√d, one over the temperature, or -1 for softmin.
///
/// The largest element is taken out first, so that no finite input overflows. Elements that are -∞ are masked: 0 in softmax, -∞ in
/// log_softmax, and no gradient. A row that is all -∞ is 0, or -∞ of a logarithm, where PyTorch's softmax gives NaN. An element that is
/// +∞ takes all: 1; several share it, where PyTorch gives NaN. (Of s x, for a negative scale.) A row with NaN is NaN. See PyTorch's
/// `torch.nn.Softmax`.
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
    causal: Option<Causal>,
    sink: Option<f32>,
    seed: Option<u64>,
}

/// Which elements of a row take part, by the row's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Causal {
    /// Rows until they are counted from 0 again.
    pub(crate) queries: u32,
    /// Beyond the row's own number.
    pub(crate) offset: u32,
}

impl Causal {
    /// How many elements of a row take part, if it has as many.
    pub(crate) fn visible(self, row: u64) -> u64 {
        row % u64::from(self.queries) + u64::from(self.offset) + 1
    }
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

    /// 1 at the first of a row's largest elements, 0 elsewhere, as ONNX has it; all 0 where a sink is larger. All gradients are 0. Rows have up
    /// to 2^24 elements. With a bias, on a device, the sums that are compared are rounded to f32.
    #[must_use]
    pub const fn hardmax(axis: Axis) -> Self {
        Self::of(SoftmaxKind::Hardmax, axis)
    }

    /// Sparsemax along an axis: yₖ = max(s xₖ - t, 0), where t makes the sum 1, so that small elements are 0 exactly (Martins and Astudillo
    /// 2016). dxₖ = s (dyₖ - the mean of dyⱼ over all yⱼ > 0) where yₖ > 0, else 0. It has no sink.
    ///
    /// The threshold t is found without sorting, by Newton's iteration, which is exact once it knows the support. Most rows are read 4 to 8
    /// times for it, and none more than 36 times. A result's error is relative to |s xₖ - s max x| + |t - s max x|, of which it is the difference.
    #[must_use]
    pub const fn sparsemax(axis: Axis) -> Self {
        Self::of(SoftmaxKind::Sparsemax, axis)
    }

    /// Any of them.
    #[must_use]
    pub const fn of(kind: SoftmaxKind, axis: Axis) -> Self {
        Self { kind, axis, scale: 1.0, causal: None, sink: None, seed: None }
    }

    /// The same of `scale * x`.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for a scale whose size is not from 2^-100 to 2^100.
    pub fn scaled(self, scale: f32) -> Result<Self, Error> {
        check_scale(self.kind.name(), scale)?;
        Ok(Self { scale, ..self })
    }

    /// With a causal mask: row number q of every `queries` rows, whose elements are keys, sees those up to number q + `past`; all others are
    /// as -∞. No tensor is read for it. Rows are counted as the tensor has them without the axis: of a shape (batch, heads, queries, keys)
    /// along the keys, by query. `past` is how many keys there are before the first query: 0, or what a cache holds.
    ///
    /// ```
    /// use wgpu_activations::{Axis, Error, Softmax};
    ///
    /// /// 16 new tokens after 1000 that are in the cache.
    /// fn decode() -> Result<Softmax, Error> {
    ///     Softmax::new(Axis::last(1016)).causal(16, 1000)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for no queries, or where both together are 2^31 or more.
    pub fn causal(self, queries: u64, past: u64) -> Result<Self, Error> {
        let both = queries.saturating_add(past);
        if queries == 0 || both >= 1 << 31 {
            let requirement = "must be 1 or more, and with what is past less than 2^31";
            let (activation, parameter, value) = (self.kind.name(), "queries", both as f32);
            return Err(Error::InvalidParameter { activation, parameter, value, requirement });
        }
        let causal = Causal { queries: queries as u32, offset: past as u32 };
        Ok(Self { causal: Some(causal), ..self })
    }

    /// With a sink: one more element of each row, `x`, which takes part in the sum and has no result, so that a row's softmax may sum to less
    /// than 1. It is scaled as all others: divide one that is not by the scale. 0 is "softmax plus one". A causal mask leaves it.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for what is not finite; [`Error::NoSink`] for sparsemax.
    pub fn with_sink(self, x: f32) -> Result<Self, Error> {
        self.kind.check_sinks()?;
        if x.is_finite() {
            return Ok(Self { sink: Some(x), ..self });
        }
        let (activation, parameter, requirement) = (self.kind.name(), "sink", "must be finite");
        Err(Error::InvalidParameter { activation, parameter, value: x, requirement })
    }

    /// With Gumbel noise: softmax of s (x + G), where G = -log(-log u) is drawn for each element by this seed and the element's number in the
    /// tensor, as rrelu's slopes and dropout are ([`gumbel_noise`](crate::gumbel_noise) returns it). So gumbel_softmax's forward and its
    /// backward from x draw the same, on every device the same bits. As PyTorch does it, x + G is rounded to f32; everything else is of that, with
    /// its own accuracy. Elements that are -∞ stay masked, and a sink gets no noise.
    ///
    /// The hard, straight-through form (`torch.nn.functional.gumbel_softmax` with `hard=True`) is two functions with one seed: forward hardmax,
    /// whose 1 is a draw from softmax(x), and backward the gradient of softmax from x.
    ///
    /// ```
    /// use wgpu_activations::{Axis, Error, Softmax};
    ///
    /// /// What goes forward, and what its gradient is of, at a temperature.
    /// fn straight_through(classes: u64, temperature: f32, seed: u64) -> Result<[Softmax; 2], Error> {
    ///     let [hard, soft] = [Softmax::hardmax(Axis::last(classes)), Softmax::new(Axis::last(classes))];
    ///     Ok([hard.with_gumbel_noise(seed), soft.scaled(1.0 / temperature)?.with_gumbel_noise(seed)])
    /// }
    /// ```
    #[must_use]
    pub const fn with_gumbel_noise(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Refuses rows whose elements cannot be told apart by an f32.
    pub(crate) fn check_size(self) -> Result<(), Error> {
        let (wanted, allowed) = (self.axis.size(), 1 << 24);
        if self.kind == SoftmaxKind::Hardmax && wanted > allowed {
            return Err(Error::LimitExceeded { what: "a row of hardmax", limit: "2^24", wanted, allowed });
        }
        Ok(())
    }

    /// Refuses what has one result for a row, where there is to be one for each of so many elements.
    #[cfg(any(feature = "gpu", feature = "cpu"))]
    pub(crate) fn check_elementwise(self, elements: u64) -> Result<(), Error> {
        match self.kind {
            SoftmaxKind::LogSumExp => {
                Error::check_length("y", self.axis.rows(elements).unwrap_or(0), elements)
            }
            _ => Ok(()),
        }
    }

    /// What takes part of each row.
    pub(crate) const fn causal_mask(self) -> Option<Causal> {
        self.causal
    }

    /// What noise is drawn by.
    pub(crate) const fn seed(self) -> Option<u64> {
        self.seed
    }

    /// What is added to an element of a row, if noise is.
    pub(crate) fn noise(self, row: u64, element: u64) -> Option<f32> {
        self.seed.map(|seed| gumbel_noise(seed, self.axis.place(row, element)))
    }

    /// The element that has no result.
    pub(crate) const fn sink(self) -> Option<f32> {
        self.sink
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
        vec![self.scale.abs(), self.scale.signum(), self.sink.unwrap_or(0.0)]
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
