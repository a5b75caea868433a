//! What is checked: something that computes activations.

use std::future::Future;
use std::ops::Deref;

use crate::error::Error;
use crate::formula::Formula;
use crate::operand::{Channels, Operand, OperandKind};
use crate::storage::{Element, Storage};
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::inputs;
use crate::verify::probe::Probe;

/// What a case is computed for, element by element.
#[derive(Debug, Clone, Copy)]
pub struct Operands<'a> {
    /// x; from the output y; of a gate, the gates.
    pub at: &'a [f32],
    /// What arrives at the result; forward nothing depends on it.
    pub dy: &'a [f32],
    /// The values of a gate; nothing else depends on them.
    pub value: &'a [f32],
}

/// Something that computes activations: an adapter, or another backend that is held to the same bounds.
pub trait Subject {
    /// All bit patterns through one case.
    type Sweep<'a>: Sweep
    where
        Self: 'a;

    /// What is checked, in words.
    fn adapter(&self) -> Adapter;

    /// What its arithmetic does, where that is in question.
    ///
    /// # Errors
    /// Of a [`Gpu`](crate::Gpu) those of [`Gpu::upload`](crate::Gpu::upload) and [`Gpu::read`](crate::Gpu::read), and [`Error::Refused`] if wgpu
    /// does not accept the probe.
    fn probe(&self) -> impl Future<Output = Result<Option<Probe>, Error>>;

    /// The source of all that computes a case, by [`Subject::compute`] and in a [`Sweep`]: results that were kept hold while it is
    /// the same.
    fn source(&self, case: &Case) -> String;

    /// The results of a case. Values travel as f32 whatever the storage: operands are numbers that it holds, and so is every result.
    ///
    /// # Errors
    /// The subject's own.
    fn compute(&self, case: &Case, operands: Operands<'_>) -> impl Future<Output = Result<Vec<f32>, Error>>;

    /// Prepares to compute a case for every f32.
    ///
    /// # Errors
    /// The subject's own.
    fn sweep(&self, case: &Case) -> Result<Self::Sweep<'_>, Error>;
}

/// Something that computes formulas, too.
pub trait FormulaSubject: Subject {
    /// The results of a formula, in its order, of what its names are bound to. Values travel as f32, as in [`Subject::compute`].
    ///
    /// # Errors
    /// The subject's own.
    fn compute_formula(
        &self,
        formula: &Formula,
        bound: &[FormulaOperand],
        seed: Option<u64>,
    ) -> impl Future<Output = Result<Vec<Vec<f32>>, Error>>;
}

/// What a name of a formula is bound to: an operand, or what a result is written over.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaOperand {
    /// The name.
    pub name: String,
    /// The type of its elements in memory.
    pub storage: Storage,
    /// Which elements share a value of it.
    pub sharing: Sharing,
    /// Its elements, which the storage holds.
    pub values: Vec<f32>,
}

/// Which elements share a value of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// None: it has one for each.
    None,
    /// Those of a channel.
    Channels(Channels),
    /// All.
    All,
}

impl FormulaOperand {
    /// Values that lie in `V`, as a formula's operand.
    pub(crate) fn operand<'a, V>(&self, values: V) -> Operand<'a, V> {
        Operand::new(match self.sharing {
            Sharing::None => OperandKind::Span(values),
            Sharing::Channels(channels) => OperandKind::Channels(values, channels),
            Sharing::All => OperandKind::Single(values),
        })
    }
}

/// The elements of a step of a sweep: some megabytes.
pub const CHUNK: usize = 1 << 22;

/// One case for every f32, [`CHUNK`] by [`CHUNK`].
pub trait Sweep {
    /// What comes back.
    type Results: Deref<Target = [f32]>;

    /// Begins to compute at once, for the x (or y) that have the bit pattern `first` and those after it (0 after the last), and for
    /// dy = 1; the future waits for the results. So some can be judged while others are computed.
    ///
    /// # Errors
    /// The subject's own.
    fn start(&self, first: u32) -> Result<impl Future<Output = Result<Self::Results, Error>>, Error>;
}

/// How the elements of a case lie in a tensor: by themselves, or as one of several channels with learned parameters, which all have
/// the same elements.
pub(crate) struct Tensor {
    pub(crate) channels: Channels,
    /// By learnable parameter and channel.
    pub(crate) learned: Vec<Vec<f32>>,
    /// The case's own channel.
    own: usize,
    /// How often every element is there.
    copies: usize,
}

impl Tensor {
    pub(crate) fn of(case: &Case) -> Self {
        let activations = case.channels();
        let Some(own) = case.activation().filter(|_| !activations.is_empty()) else {
            return Self { channels: Channels::ONE, learned: Vec::new(), own: 0, copies: 1 };
        };
        let of = |position: usize| activations.iter().map(|it| it.parameters()[position]).collect();
        Self {
            channels: Channels::new(activations.len() as u64, 1),
            learned: own.kind().row().learnable_positions().map(of).collect(),
            own: activations.iter().position(|it| *it == own).unwrap_or(0),
            copies: if case.direction.is_summed() { 1 } else { activations.len() },
        }
    }

    /// An operand as the storage holds it.
    pub(crate) fn hold<T: Element>(&self, values: &[f32]) -> Vec<T> {
        let narrow = inputs::narrow(values);
        if self.copies == 1 {
            return narrow;
        }
        let mut copies = vec![T::zeroed(); narrow.len() * self.copies];
        for (copies, value) in copies.chunks_exact_mut(self.copies).zip(narrow) {
            copies.fill(value);
        }
        copies
    }

    /// The results of the case's own channel.
    pub(crate) fn pick<T: Element>(&self, results: Vec<T>) -> Vec<f32> {
        if self.copies == 1 {
            return inputs::wide(&results);
        }
        let own: Vec<T> = results.into_iter().skip(self.own).step_by(self.copies).collect();
        inputs::wide(&own)
    }
}

/// A subject that leaves results out would have them pass.
pub(crate) fn check_complete(results: &[f32], expected: usize) -> Result<(), Error> {
    Error::check_length("the results of the subject", expected as u64, results.len() as u64)
}
