//! Where an activation's parameters come from.

use crate::activation::{Activation, Kind};
use crate::error::Error;
use crate::shader::Grain;
use crate::span::Span;
use crate::storage::Storage;

/// An activation and where its parameters come from: its own values (`activation.into()`), learned ones in buffers
/// ([`Parameters::learned`]), or slopes that are drawn ([`Parameters::drawn`]).
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    pub(crate) activation: Activation,
    pub(crate) source: Source<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    Values,
    Learned(Learned<'a>),
    Drawn { seed: u64 },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Learned<'a> {
    pub(crate) spans: &'a [Span<'a>],
    pub(crate) channels: Channels,
}

/// Which elements share a parameter: those of one channel, of a tensor seen as (outer, channels, inner). PyTorch's dimension 1 of a
/// shape (N, C, H, W) has C channels and an inner size of H · W; the outer size follows from the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    pub(crate) channels: u64,
    pub(crate) inner: u64,
}

impl Channels {
    /// One parameter for all elements.
    pub const ONE: Self = Self { channels: 1, inner: 1 };

    /// So many channels, each in runs of `inner` neighbouring elements: `new(64, 28 * 28)` for a shape of (N, 64, 28, 28), `new(512, 1)`
    /// for one of (N, 512). The number of elements must be a multiple of `channels * inner`.
    #[must_use]
    pub const fn new(channels: u64, inner: u64) -> Self {
        Self { channels, inner }
    }

    /// The number of channels: so many values has each learned parameter, and its gradient.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.channels
    }

    /// That of the element of this number, of a tensor that has some.
    #[cfg(feature = "cpu")]
    pub(crate) fn of(self, element: u64) -> u64 {
        element / self.inner % self.channels
    }

    /// Those of this element and the ones after it, without a division for each.
    #[cfg(feature = "cpu")]
    pub(crate) fn of_each(self, first: u64) -> impl Iterator<Item = u64> {
        let (mut channel, mut left) = (self.of(first), self.inner - first % self.inner);
        std::iter::repeat_with(move || {
            let current = channel;
            left -= 1;
            if left == 0 {
                left = self.inner;
                channel = if channel + 1 == self.channels { 0 } else { channel + 1 };
            }
            current
        })
    }

    /// Elements from a channel's run to its next one.
    pub(crate) fn period(self) -> u64 {
        self.channels.saturating_mul(self.inner)
    }

    /// What of a segment from element `first` on is of one channel, in words of so many elements.
    pub(crate) fn grain(self, first: u64, per_word: u64) -> Grain {
        let whole = self.inner.is_multiple_of(per_word)
            && first.checked_rem(self.inner).is_none_or(|phase| phase.is_multiple_of(per_word));
        match (self.channels, whole) {
            (1, _) => Grain::All,
            (_, true) => Grain::Word,
            (_, false) => Grain::Element,
        }
    }

    /// Whether a tensor of so many elements has them.
    pub(crate) fn check(self, elements: u64) -> Result<(), Error> {
        let divisor = self.period();
        if self.channels != 0 && !elements.is_multiple_of(divisor) || (divisor == 0 && elements != 0) {
            return Err(Error::NotDivisible {
                operand: "x",
                elements,
                what: "channels times inner",
                divisor,
            });
        }
        // Shaders count in u32.
        let allowed = 1 << 31;
        match self.inner.max(self.channels) {
            wanted if wanted > allowed => {
                Err(Error::LimitExceeded { what: "channels or inner", limit: "2^31", wanted, allowed })
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Parameters<'a> {
    /// With the learnable parameters from buffers, one range for each of [`Kind::learnable`], in that order:
    /// f32 whatever the storage, one value for each channel. What cannot be learned is the activation's own.
    ///
    /// Nobody checks the values: snake with an alpha of 0 gives NaN. A range may share a buffer with anything, if it keeps
    /// some distance from results ([`Error::TooClose`]).
    #[must_use]
    pub fn learned(activation: Activation, parameters: &'a [Span<'a>], channels: Channels) -> Self {
        Self { activation, source: Source::Learned(Learned { spans: parameters, channels }) }
    }

    /// rrelu in training: a slope for each element, drawn uniformly from `lower` to below `upper` by Philox4x32-10 from the seed and
    /// the element's number. So backward draws what forward drew, and [`rrelu_slope`](crate::rrelu_slope) says what that is.
    #[must_use]
    pub fn drawn(rrelu: Activation, seed: u64) -> Self {
        Self { activation: rrelu, source: Source::Drawn { seed } }
    }

    /// The channels of learned parameters.
    pub(crate) fn channels(&self) -> Channels {
        match self.source {
            Source::Learned(learned) => learned.channels,
            _ => Channels::ONE,
        }
    }

    /// What can be said of them and a tensor of so many elements.
    pub(crate) fn check(&self, elements: u64) -> Result<(), Error> {
        let kind = self.activation.kind();
        match self.source {
            Source::Values => Ok(()),
            Source::Drawn { .. } => check_drawn(kind),
            Source::Learned(Learned { spans, channels }) => {
                check_learned(kind, spans.len())?;
                channels.check(elements)?;
                for ((name, _), span) in kind.learnable().zip(spans) {
                    span.check(name, Storage::F32)?;
                    crate::step::check_length(name, channels.channels, span.elements(Storage::F32))?;
                }
                Ok(())
            }
        }
    }
}

/// Whether an activation learns so many parameters.
pub(crate) fn check_learned(kind: Kind, actual: usize) -> Result<(), Error> {
    let expected = kind.learnable().len();
    if actual == expected && actual > 0 {
        return Ok(());
    }
    Err(Error::WrongParameters { activation: kind.name(), expected, actual })
}

/// Whether an activation draws anything.
pub(crate) fn check_drawn(kind: Kind) -> Result<(), Error> {
    if kind.draws() { Ok(()) } else { Err(Error::NothingToDraw { activation: kind.name() }) }
}

impl From<Activation> for Parameters<'_> {
    fn from(activation: Activation) -> Self {
        Self { activation, source: Source::Values }
    }
}
