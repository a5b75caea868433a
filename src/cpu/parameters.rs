//! Where an activation's parameters come from, on the processor.

use std::ops::Range;

use super::loops::{Columns, MAX_LEARNABLE, Values};
use crate::error::Error;
use crate::operand::Channels;
use crate::philox::rrelu_slope;
use crate::table::Activation;

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

/// From so many neighbours on that share their parameters, it pays to call a loop for each such piece.
const WORTH_A_CALL: u64 = 16;

impl<'a> Parameters<'a> {
    /// With the learnable parameters from slices, one for each of [`Kind::learnable`](crate::Kind::learnable), in that order:
    /// one value for each channel. What cannot be learned is the activation's own. Nobody checks the values: snake with an
    /// alpha of 0 gives NaN.
    #[must_use]
    pub fn learned(activation: Activation, values: &'a [&'a [f32]], channels: Channels) -> Self {
        let mut positions = [0; MAX_LEARNABLE];
        for (place, position) in positions.iter_mut().zip(activation.kind().row().learnable_positions()) {
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
            Source::Drawn { .. } => crate::operation::Operation::new(kind, crate::Direction::Forward)
                .what
                .arguments()
                .draws()
                .then_some(())
                .ok_or(Error::NothingToDraw { activation: kind.name() }),
            Source::Learned { values, channels, .. } => {
                let expected = kind.learnable().len();
                if values.len() != expected || expected == 0 {
                    return Err(Error::WrongParameters {
                        activation: kind.name(),
                        expected,
                        actual: values.len(),
                    });
                }
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

    /// Whether parameters change from an element to one of the next few.
    pub(super) fn vary(&self) -> bool {
        match self.source {
            Source::Values => false,
            Source::Learned { channels, .. } => channels.count() > 1 && channels.inner() < WORTH_A_CALL,
            Source::Drawn { .. } => true,
        }
    }

    /// Writes the activation's own parameters, for [`Parameters::vary_columns`] to write over.
    pub(super) fn fill_columns(&self, columns: &mut Columns) {
        columns.iter_mut().zip(self.activation.padded_parameters()).for_each(|(to, from)| to.fill(*from));
    }

    /// Writes what varies of so many elements' parameters, of which the first has the number `first`.
    pub(super) fn vary_columns(&self, first: u64, elements: usize, columns: &mut Columns) {
        let columns = columns.each_mut().map(|column| &mut column[..elements]);
        match self.source {
            Source::Values => {}
            Source::Learned { values, positions, channels } => {
                for (at, values) in positions.into_iter().zip(values) {
                    let elements = columns[at].iter_mut().zip(channels.of_each(first));
                    elements.for_each(|(element, channel)| *element = values[channel as usize]);
                }
            }
            Source::Drawn { seed } => {
                let [lower, upper, ..] = *self.activation.padded_parameters();
                let [lowers, uppers, ..] = columns;
                for (index, (low, high)) in (first..).zip(lowers.iter_mut().zip(uppers)) {
                    // Their mean is what the function takes.
                    let slope = rrelu_slope(seed, index, lower, upper);
                    (*low, *high) = (slope, slope);
                }
            }
        }
    }

    /// Ranges of `elements` elements, of which the first has the number `first`, that share their parameters' values; and these.
    /// Not of drawn ones: no two elements share those.
    pub(super) fn pieces(&self, first: u64, elements: usize) -> impl Iterator<Item = (Range<usize>, Values)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            if at == elements {
                return None;
            }
            let index = first + at as u64;
            let left = elements - at;
            let size = self.sharing(index).map_or(left, |size| left.min(size as usize));
            let range = at..at + size;
            at = range.end;
            Some((range, self.values(index)))
        })
    }

    /// How many elements from this one on share its parameters' values; `None` for all.
    fn sharing(&self, index: u64) -> Option<u64> {
        let channels = self.channels();
        (channels.count() > 1).then(|| channels.inner() - index % channels.inner())
    }

    /// Those of this element.
    fn values(&self, index: u64) -> Values {
        let mut all = *self.activation.padded_parameters();
        if let Source::Learned { values, positions, channels } = self.source {
            let channel = channels.of(index) as usize;
            positions.into_iter().zip(values).for_each(|(at, values)| all[at] = values[channel]);
        }
        all
    }
}

impl From<Activation> for Parameters<'_> {
    fn from(activation: Activation) -> Self {
        Self { activation, source: Source::Values }
    }
}
