//! Channels of a tensor: which elements share a parameter.

use std::ops::Range;

use crate::error::Error;
use crate::formula::MAX_VIEWS;

/// Which elements share a parameter: those of one channel, in a tensor seen as (outer, channels, inner). Dimension 1 of PyTorch's shape
/// (N, C, H, W) has C channels and an inner size of H · W; the outer size follows from the length.
///
/// ```
/// use wgpu_activations::Channels;
/// let images = Channels::new(64, 28 * 28); // (N, 64, 28, 28), a value per channel
/// let columns = Channels::new(4096, 1); // (N, 4096), a value per column
/// # assert_ne!(images, columns);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Channels {
    channels: u64,
    inner: u64,
}

impl Channels {
    /// One parameter for all elements.
    pub const ONE: Self = Self { channels: 1, inner: 1 };

    /// `channels` channels, each in runs of `inner` neighbouring elements: `new(64, 28 * 28)` for a shape of (N, 64, 28, 28), `new(512, 1)`
    /// for one of (N, 512). The number of elements must be a multiple of `channels * inner`.
    #[must_use]
    pub const fn new(channels: u64, inner: u64) -> Self {
        Self { channels, inner }
    }

    /// The number of channels, which is the number of values in each learned parameter and in its gradient.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.channels
    }

    /// How many neighbouring elements belong to one channel.
    pub(crate) const fn inner(self) -> u64 {
        self.inner
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
        let in_turn =
            self.inner == 1 && self.channels.is_multiple_of(per_word) && first.is_multiple_of(per_word);
        match self.channels {
            1 => Grain::All,
            _ if in_turn => Grain::Neighbours,
            _ if whole => Grain::Word,
            _ => Grain::Element,
        }
    }

    /// How many elements a dispatch from element `first` on counts as one to find a channel.
    pub(crate) fn unit(self, first: u64, per_word: u64) -> u64 {
        if self.grain(first, per_word) == Grain::Word { per_word } else { 1 }
    }

    /// Whether no channel comes again after others, in these elements.
    fn has_once(self, elements: &Range<u64>) -> bool {
        let phase = elements.start.checked_rem(self.period()).unwrap_or(0);
        phase.saturating_add(elements.end - elements.start) <= self.period()
    }

    /// Whether a tensor of so many elements has them.
    pub(crate) fn check(self, operand: &'static str, elements: u64) -> Result<(), Error> {
        let divisor = self.period();
        if self.channels != 0 && !elements.is_multiple_of(divisor) || (divisor == 0 && elements != 0) {
            return Err(Error::NotDivisible { operand, elements, what: "channels times inner", divisor });
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

/// Ways to see a tensor, or what is known of each: of learned parameters one, of a formula one for each letter in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Views<T>([Option<T>; MAX_VIEWS]);

impl<T: Copy> Views<T> {
    /// Of learned parameters.
    pub(crate) const fn one(view: T) -> Self {
        let mut views = [None; MAX_VIEWS];
        views[0] = Some(view);
        Self(views)
    }

    /// The first ones, as many as there are.
    pub(crate) fn new(first: impl IntoIterator<Item = T>) -> Self {
        let mut views = [None; MAX_VIEWS];
        views.iter_mut().zip(first).for_each(|(place, view)| *place = Some(view));
        Self(views)
    }

    pub(crate) fn get(&self, number: usize) -> Option<T> {
        self.0.get(number).copied().flatten()
    }

    pub(crate) fn map<U>(self, of: impl Fn(T) -> U) -> Views<U> {
        Views(self.0.map(|view| view.map(&of)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.iter().copied().flatten()
    }
}

impl Views<Channels> {
    /// What is of one channel in each, of these elements in words of so many; of a kernel before anything is bound, no elements.
    pub(crate) fn grains(self, elements: Range<u64>, per_word: u64) -> Views<Grain> {
        let grain = |channels: Channels| channels.grain(elements.start, per_word);
        let columns_of = |rows: Channels| {
            let is_columns =
                |columns: Channels| columns.count() == rows.inner() && grain(columns) == Grain::Neighbours;
            self.iter().position(is_columns).filter(|_| rows.has_once(&elements))
        };
        self.map(|channels| match (grain(channels), columns_of(channels)) {
            (Grain::Word, Some(columns)) => Grain::Row { columns },
            (grain, _) => grain,
        })
    }

    /// Channels of the first way to see the tensor in which these elements' are neighbours.
    pub(crate) fn neighbours(self, elements: Range<u64>, per_word: u64) -> Option<u64> {
        let grains = self.grains(elements, per_word);
        let (channels, _) = self.iter().zip(grains.iter()).find(|(_, grain)| *grain == Grain::Neighbours)?;
        Some(channels.count())
    }
}

/// What is of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Grain {
    All,
    Word,
    /// A word is of a row, of which another view has the columns: a norm's statistics, as a rule. Rows and columns are quotient and remainder of
    /// one division, and rows do not begin again.
    Row {
        columns: usize,
    },
    /// Each element of a word is of the channel after that of the one before, and no word begins in the middle of these: a dense layer's
    /// bias, as a rule. One division for a word then does for all of its elements.
    Neighbours,
    Element,
}
