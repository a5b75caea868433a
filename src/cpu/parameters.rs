//! Where an activation's parameters come from, on the processor.

use std::ops::Range;

use super::loops::MAX_LEARNABLE;
use crate::activation::{Activation, MAX_PARAMETERS};
use crate::error::Error;
use crate::parameters::{Channels, check_drawn, check_learned};
use crate::philox::rrelu_slope;

/// An activation and where its parameters come from: its own values (`activation.into()`), learned ones in slices
/// ([`Parameters::learned`]), or slopes that are drawn ([`Parameters::drawn`]).
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    pub(super) activation: Activation,
    source: Source<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Values,
    Learned {
        values: &'a [&'a [f32]],
        /// Among the activation's parameters.
        positions: [usize; MAX_LEARNABLE],
        channels: Channels,
    },
    Drawn {
        seed: u64,
    },
}

/// The values of all parameters that a row may have.
pub(super) type Values = [f32; MAX_PARAMETERS];

impl<'a> Parameters<'a> {
    /// With the learnable parameters from slices, one for each of [`Kind::learnable`](crate::Kind::learnable), in that order: one value for each channel. What
    /// cannot be learned is the activation's own. Nobody checks the values: snake with an alpha of 0 gives NaN.
    #[must_use]
    pub fn learned(activation: Activation, values: &'a [&'a [f32]], channels: Channels) -> Self {
        let mut positions = [0; MAX_LEARNABLE];
        for (place, position) in positions.iter_mut().zip(activation.kind().learnable_positions()) {
            *place = position;
        }
        Self { activation, source: Source::Learned { values, positions, channels } }
    }

    /// rrelu in training: the slopes that the kernels draw of this seed, [`rrelu_slope`].
    #[must_use]
    pub fn drawn(rrelu: Activation, seed: u64) -> Self {
        Self { activation: rrelu, source: Source::Drawn { seed } }
    }

    /// What can be said of them and a tensor of so many elements.
    pub(super) fn check(&self, elements: usize) -> Result<(), Error> {
        let kind = self.activation.kind();
        match self.source {
            Source::Values => Ok(()),
            Source::Drawn { .. } => check_drawn(kind),
            Source::Learned { values, channels, .. } => {
                check_learned(kind, values.len())?;
                channels.check(elements as u64)?;
                let expected = channels.count();
                for ((operand, _), values) in kind.learnable().zip(values) {
                    let actual = values.len() as u64;
                    if actual != expected {
                        return Err(Error::LengthMismatch { operand, expected, actual });
                    }
                }
                Ok(())
            }
        }
    }

    pub(super) fn channels(&self) -> Channels {
        match self.source {
            Source::Learned { channels, .. } => channels,
            _ => Channels::ONE,
        }
    }

    /// Ranges of `elements` elements, of which the first has the number `first`, that share their parameters' values; and these.
    pub(super) fn pieces(&self, first: u64, elements: usize) -> impl Iterator<Item = (Range<usize>, Values)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let index = first + at as u64;
            let left = elements - at;
            let size = self.sharing(index).map_or(left, |size| left.min(size as usize));
            let range = at..at + size;
            at += size;
            (size > 0).then(|| (range, self.values(index)))
        })
    }

    /// How many elements from this one on share its parameters' values; `None` for all.
    fn sharing(&self, index: u64) -> Option<u64> {
        match self.source {
            Source::Learned { channels, .. } if channels.count() > 1 => {
                Some(channels.inner - index % channels.inner)
            }
            Source::Drawn { .. } => Some(1),
            _ => None,
        }
    }

    /// Those of this element.
    fn values(&self, index: u64) -> Values {
        let own = *self.activation.padded_parameters();
        match self.source {
            Source::Values => own,
            Source::Learned { values, positions, channels } => {
                let channel = channels.of(index) as usize;
                let mut learned = own;
                positions.into_iter().zip(values).for_each(|(at, values)| learned[at] = values[channel]);
                learned
            }
            Source::Drawn { seed } => {
                let [lower, upper, ..] = own;
                // Their mean is what the function takes.
                let slope = rrelu_slope(seed, index, lower, upper);
                let mut drawn = own;
                drawn[..2].fill(slope);
                drawn
            }
        }
    }
}

impl From<Activation> for Parameters<'_> {
    fn from(activation: Activation) -> Self {
        Self { activation, source: Source::Values }
    }
}
