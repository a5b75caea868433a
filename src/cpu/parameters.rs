//! What parameters each element has, on the CPU.

use std::ops::Range;

use super::loops::{BLOCK, Columns, GateLoops, LOOPS, Loops, gate_loops};
use super::runs;
use super::scalar::{MAX_LEARNABLE, Values};
use crate::error::Error;
use crate::operand::{Channels, Learned, Origin};
use crate::operation::{Form, Function};
use crate::philox::Draws;
use crate::table::Activation;

/// A function and where its parameters come from: its own values (`activation.into()`), learned ones in slices, one value for each
/// channel ([`Parameters::learned`]), or slopes that are drawn ([`Parameters::drawn`]).
pub type Parameters<'a> = crate::operand::Parameters<'a, &'a [f32]>;

/// Parameters, element by element.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfElements<'a> {
    parameters: Parameters<'a>,
    /// Of the learnable ones, among the function's parameters.
    positions: [usize; MAX_LEARNABLE],
}

impl<'a> OfElements<'a> {
    pub(super) fn new(parameters: Parameters<'a>) -> Self {
        let mut positions = [0; MAX_LEARNABLE];
        let activation = parameters.function.activation();
        let learnable = activation.into_iter().flat_map(|it| it.kind().row().learnable_positions());
        positions.iter_mut().zip(learnable).for_each(|(to, from)| *to = from);
        Self { parameters, positions }
    }

    /// What can be said of them and a tensor of so many elements.
    pub(super) fn check(&self, elements: usize) -> Result<(), Error> {
        let channels = self.channels().count();
        self.parameters.check_by(elements as u64, |name, values| {
            Error::check_channels(name, channels, values.len() as u64)
        })
    }

    pub(super) fn channels(&self) -> Channels {
        self.parameters.channels()
    }

    /// Whether parameters change from an element to one of the next few.
    pub(super) fn vary(&self) -> bool {
        match self.parameters.origin {
            Origin::Values => false,
            Origin::Learned(Learned { channels, .. }) => runs::vary(channels),
            Origin::Drawn(_) => true,
        }
    }

    /// The function's own parameters, for [`OfElements::vary_columns`] to write over.
    pub(super) fn columns(&self) -> Columns {
        self.parameters.function.values().map(|value| [value; BLOCK])
    }

    /// Writes what varies of so many elements' parameters, of which the first has the number `first`.
    pub(super) fn vary_columns(&self, first: u64, elements: usize, columns: &mut Columns) {
        let columns = columns.each_mut().map(|column| &mut column[..elements]);
        match self.parameters.origin {
            Origin::Values => {}
            Origin::Learned(Learned { values, channels }) => {
                for (at, values) in self.positions.into_iter().zip(values) {
                    let elements = columns[at].iter_mut().zip(channels.of_each(first));
                    elements.for_each(|(element, channel)| *element = values[channel as usize]);
                }
            }
            Origin::Drawn(seed) => {
                let [lower, upper, ..] = self.parameters.function.values();
                let [lowers, uppers, ..] = columns;
                let mut draws = Draws::new(seed, 0);
                for (index, (low, high)) in (first..).zip(lowers.iter_mut().zip(uppers)) {
                    // Their mean is what the function takes.
                    let slope = draws.slope(index, lower, upper);
                    (*low, *high) = (slope, slope);
                }
            }
        }
    }

    /// Ranges of `elements` elements, of which the first has the number `first`, that share their parameters' values; and these.
    /// Not of drawn ones: no two elements share those.
    pub(super) fn pieces(&self, first: u64, elements: usize) -> impl Iterator<Item = (Range<usize>, Values)> {
        let pieces = runs::pieces(self.channels(), first, elements);
        pieces.map(move |range| (range.clone(), self.values(first + range.start as u64)))
    }

    /// Those of this element.
    fn values(&self, index: u64) -> Values {
        let mut all = self.parameters.function.values();
        if let Origin::Learned(Learned { values, channels }) = self.parameters.origin {
            let channel = channels.of(index) as usize;
            self.positions.into_iter().zip(values).for_each(|(at, values)| all[at] = values[channel]);
        }
        all
    }
}

impl Parameters<'_> {
    /// The activation of one input, and its loops.
    pub(super) fn of_one_input(&self) -> Result<(Activation, &'static Loops), Error> {
        match self.function {
            Function::Activation(activation) => Ok((activation, &LOOPS[activation.kind() as usize])),
            Function::Gate(gate) => Err(Error::TakesPairs { gate: gate.kind().name() }),
        }
    }

    /// The loops of the gate.
    pub(super) fn of_pairs(&self) -> &'static GateLoops {
        match self.function {
            Function::Gate(gate) => gate_loops(gate.kind()),
            Function::Activation(activation) => gate_loops(activation.into()),
        }
    }

    /// That of this number among learnable parameters, of loops for each.
    pub(super) fn learnable<L: Copy>(&self, index: usize, loops: &[Option<L>]) -> Result<L, Error> {
        let found = loops.get(index).copied().flatten();
        found.ok_or_else(|| Error::NotLearnable { activation: self.function.what().name(), index })
    }
}

impl Function {
    /// Those of the activation or of the gate's own, then zeros.
    fn values(&self) -> Values {
        match self {
            Self::Activation(activation) => *activation.padded_parameters(),
            Self::Gate(gate) => match gate.0 {
                Form::Product(activation) => *activation.padded_parameters(),
                Form::Own(_, parameters) => parameters,
            },
        }
    }
}
