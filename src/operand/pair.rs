//! Values and gates: where the two lie.

use crate::error::Error;
use crate::operation::Order;

/// Where the value and the gate of every element lie. `B` is a [`Span`](crate::Span) for kernels, and a reference to a
/// [`GpuBuffer`](crate::GpuBuffer) for [`Gpu`](crate::Gpu).
///
/// ```
/// use wgpu_activations::{Activation, Gate, Order, Pair, cpu::Cpu};
/// let x = [1.0_f32, -1.0, 3.0, 4.0]; // one row: gates, then values
/// let mut y = [0.0; 2];
/// Cpu::new().gated_forward(Gate::REGLU, Pair::halves(&x[..], 4, Order::GateFirst)?, &mut y)?;
/// assert_eq!(y, [3.0, 0.0]);
/// Cpu::new().gated_forward(Activation::RELU, Pair::separate(&x[2..], &x[..2]), &mut y)?;
/// assert_eq!(y, [3.0, 0.0]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<B>(pub(crate) PairForm<B>);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PairForm<B> {
    Separate { value: B, gate: B },
    Packed { x: B, packing: Packing },
}

/// How values and gates lie in one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    pub(crate) order: Order,
    /// Half of the last dimension; None where pairs are interleaved.
    pub(crate) half: Option<u64>,
}

impl Packing {
    /// The length of the last dimension, where its halves are values and gates.
    pub(crate) fn dimension(self) -> Option<u64> {
        self.half.map(|half| half.saturating_mul(2))
    }

    /// How many values there are in a packed operand of so many elements.
    pub(crate) fn values(self, operand: &'static str, elements: u64) -> Result<u64, Error> {
        match self.dimension() {
            _ if elements == 0 => Ok(0),
            Some(divisor) if !elements.is_multiple_of(divisor) => {
                Err(Error::NotDivisible { operand, elements, what: "the last dimension", divisor })
            }
            None if !elements.is_multiple_of(2) => Err(Error::OddSplit { what: operand, elements }),
            _ => Ok(elements / 2),
        }
    }
}

impl<B> Pair<B> {
    /// In separate ranges.
    pub fn separate(value: B, gate: B) -> Self {
        Self(PairForm::Separate { value, gate })
    }

    /// In the two halves of x's last dimension, whose length is `dimension`. Along another dimension, `dimension` is its length times those of
    /// all after it.
    ///
    /// In 16-bit storage, halves of an odd number of elements begin within a 32-bit word: kernels then take them one by one,
    /// which costs more.
    ///
    /// # Errors
    /// [`Error::OddSplit`] if the dimension is odd.
    pub fn halves(x: B, dimension: u64, order: Order) -> Result<Self, Error> {
        if !dimension.is_multiple_of(2) {
            return Err(Error::OddSplit { what: "the last dimension", elements: dimension });
        }
        let packing = Packing { order, half: Some(dimension / 2) };
        Ok(Self(PairForm::Packed { x, packing }))
    }

    /// Blocks of values alternate with blocks of as many gates: 32 where TransformerEngine and cuDNN interleave. These are the halves
    /// of rows of two blocks.
    ///
    /// # Errors
    /// [`Error::OddSplit`] if two blocks are more than 2^64 - 1 elements.
    pub fn blocks(x: B, block: u64, order: Order) -> Result<Self, Error> {
        let two = block.checked_mul(2).ok_or(Error::OddSplit { what: "a block", elements: block })?;
        Self::halves(x, two, order)
    }

    /// Alternating: value, gate, value, gate, or the other way round.
    pub fn interleaved(x: B, order: Order) -> Self {
        let packing = Packing { order, half: None };
        Self(PairForm::Packed { x, packing })
    }

    /// The same arrangement of something else.
    pub fn map<C>(self, mut of: impl FnMut(B) -> C) -> Pair<C> {
        Pair(match self.0 {
            PairForm::Separate { value, gate } => PairForm::Separate { value: of(value), gate: of(gate) },
            PairForm::Packed { x, packing } => PairForm::Packed { x: of(x), packing },
        })
    }

    /// The same, unless that fails.
    #[cfg(feature = "gpu")]
    pub(crate) fn try_map<C, E>(self, mut of: impl FnMut(B) -> Result<C, E>) -> Result<Pair<C>, E> {
        Ok(Pair(match self.0 {
            PairForm::Separate { value, gate } => PairForm::Separate { value: of(value)?, gate: of(gate)? },
            PairForm::Packed { x, packing } => PairForm::Packed { x: of(x)?, packing },
        }))
    }

    /// The same, borrowed.
    pub fn as_ref(&self) -> Pair<&B> {
        Pair(match &self.0 {
            PairForm::Separate { value, gate } => PairForm::Separate { value, gate },
            PairForm::Packed { x, packing } => PairForm::Packed { x, packing: *packing },
        })
    }

    /// What it is made of: value and gate, or x.
    pub fn parts(self) -> Vec<B> {
        match self.0 {
            PairForm::Separate { value, gate } => vec![value, gate],
            PairForm::Packed { x, .. } => vec![x],
        }
    }
}

/// How the elements of an operand follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pitch {
    Contiguous,
    /// Rows of one length with as much room between them: a half of each row of something twice as wide.
    Rows,
    /// 16-bit elements that begin within a word, or rows of them that do: they are counted, and taken, one by one.
    OddRows,
    /// Two elements for each one of the others.
    Pairs(Order),
    /// Such pairs that begin within a word.
    OddPairs(Order),
    /// f32 where the others have 16 bits: as much room as two of theirs.
    Floats,
}

impl Pitch {
    /// Whether offsets, rows and gaps are counted in elements of 16 bits, not in words.
    pub(crate) fn is_odd(self) -> bool {
        matches!(self, Self::OddRows | Self::OddPairs(_))
    }

    /// Whether there are rows with room between them.
    pub(crate) fn has_rows(self) -> bool {
        matches!(self, Self::Rows | Self::OddRows)
    }

    /// How many of the others' elements there is room for in place of each.
    pub(crate) fn room(self) -> u64 {
        match self {
            Self::Contiguous | Self::Rows | Self::OddRows => 1,
            Self::Pairs(_) | Self::OddPairs(_) | Self::Floats => 2,
        }
    }
}
