//! Where an activation's parameters come from, on the processor.

use std::ops::Range;

use super::loops::{BLOCK, CLAMPED_SWIGLU, Columns, GateLoops, LOOPS, Loops, MAX_LEARNABLE, Values};
use crate::activation::Activation;
use crate::error::Error;
use crate::gate::{Form, Gate};
use crate::parameters::{Channels, check_drawn, check_learned};
use crate::philox::rrelu_slope;
use crate::step::check_length;

/// An activation or a gate, and where its parameters come from: its own values (`activation.into()`), learned ones in slices
/// ([`Parameters::learned`]), or slopes that are drawn ([`Parameters::drawn`]).
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// An activation is what a gate multiplies by.
    function: Gate,
    /// Whether it was given as a gate, and cannot be had of one input.
    pairs: bool,
    source: Source<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Values,
    Learned {
        values: &'a [&'a [f32]],
        /// Among the function's parameters.
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
    /// one value for each channel. What cannot be learned is the function's own. Nobody checks the values: snake with an
    /// alpha of 0 gives NaN.
    ///
    /// The function is an [`Activation`], or a [`Gate`] that multiplies by one.
    #[must_use]
    pub fn learned(function: impl Into<Self>, values: &'a [&'a [f32]], channels: Channels) -> Self {
        let function = function.into();
        let mut positions = [0; MAX_LEARNABLE];
        let learnable = function.activation().into_iter().flat_map(|it| it.kind().learnable_positions());
        positions.iter_mut().zip(learnable).for_each(|(to, from)| *to = from);
        Self { source: Source::Learned { values, positions, channels }, ..function }
    }

    /// rrelu in training: the slopes that the kernels draw of this seed, [`rrelu_slope`].
    #[must_use]
    pub fn drawn(rrelu: impl Into<Self>, seed: u64) -> Self {
        Self { source: Source::Drawn { seed }, ..rrelu.into() }
    }

    /// The activation of one input, and its loops.
    pub(super) fn of_one_input(&self) -> Result<(Activation, &'static Loops), Error> {
        let activation = self.activation().filter(|_| !self.pairs);
        let activation = activation.ok_or(Error::TakesPairs { gate: self.name() })?;
        Ok((activation, &LOOPS[activation.kind() as usize]))
    }

    /// The loops of the gate.
    pub(super) fn of_pairs(&self) -> &'static GateLoops {
        self.activation().map_or(&CLAMPED_SWIGLU, |it| &LOOPS[it.kind() as usize].gated)
    }

    /// Whose parameters are the function's; none of them is another gate's.
    fn activation(&self) -> Option<Activation> {
        self.function.activation()
    }

    fn name(&self) -> &'static str {
        self.function.kind().name()
    }

    /// The function's own.
    fn own(&self) -> Values {
        match self.function.0 {
            Form::Product(activation) => *activation.padded_parameters(),
            Form::ClampedSwiglu { limit, slope } => [limit, slope, 0.0, 0.0],
        }
    }

    /// That of this number among learnable parameters, of loops for each.
    pub(super) fn learnable<L: Copy>(&self, index: usize, loops: &[Option<L>]) -> Result<L, Error> {
        let found = loops.get(index).copied().flatten();
        found.ok_or_else(|| Error::NotLearnable { activation: self.name(), index })
    }

    /// What can be said of them and a tensor of so many elements.
    pub(super) fn check(&self, elements: usize) -> Result<(), Error> {
        let activation = self.name();
        let kind = self.activation().map(|it| it.kind());
        match self.source {
            Source::Values => Ok(()),
            Source::Drawn { .. } => kind.map_or(Err(Error::NothingToDraw { activation }), check_drawn),
            Source::Learned { values, channels, .. } => {
                let actual = values.len();
                let kind = kind.ok_or(Error::WrongParameters { activation, expected: 0, actual })?;
                check_learned(kind, actual)?;
                channels.check(elements as u64)?;
                let length = |name, values: &[f32]| check_length(name, channels.count(), values.len() as u64);
                kind.learnable().zip(values).try_for_each(|((name, _), values)| length(name, values))
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
            Source::Learned { channels, .. } => channels.count() > 1 && channels.inner < WORTH_A_CALL,
            Source::Drawn { .. } => true,
        }
    }

    /// The function's own parameters, for [`Parameters::vary_columns`] to write over.
    pub(super) fn columns(&self) -> Columns {
        self.own().map(|value| [value; BLOCK])
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
                let [lower, upper, ..] = self.own();
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
        (channels.count() > 1).then(|| channels.inner - index % channels.inner)
    }

    /// Those of this element.
    fn values(&self, index: u64) -> Values {
        let mut all = self.own();
        if let Source::Learned { values, positions, channels } = self.source {
            let channel = channels.of(index) as usize;
            positions.into_iter().zip(values).for_each(|(at, values)| all[at] = values[channel]);
        }
        all
    }

    /// Adds results, of which the first has the number `first`, to their channels' sums.
    pub(super) fn add_to_channels(&self, first: u64, results: &[f32], sums: &mut [f64]) {
        let channels = self.channels();
        if self.vary() {
            for (result, channel) in results.iter().zip(channels.of_each(first)) {
                sums[channel as usize] += f64::from(*result);
            }
        } else {
            // In a register: half the time of adding each to its channel's sum.
            for (range, _) in self.pieces(first, results.len()) {
                let channel = channels.of(first + range.start as u64) as usize;
                sums[channel] += results[range].iter().copied().map(f64::from).sum::<f64>();
            }
        }
    }
}

impl From<Activation> for Parameters<'_> {
    fn from(activation: Activation) -> Self {
        Self { function: activation.into(), pairs: false, source: Source::Values }
    }
}

impl From<Gate> for Parameters<'_> {
    fn from(function: Gate) -> Self {
        Self { function, pairs: true, source: Source::Values }
    }
}
