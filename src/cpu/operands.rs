//! What a call reads and writes: slices of any element type, of which some hold values and gates side by side.

use bytemuck::{cast_slice, cast_slice_mut};

use super::loops::BLOCK;
use crate::error::Error;
use crate::operand::{Packing, Pair, PairForm};
use crate::operation::Order;
use crate::{Element, Storage};

/// A block of elements in f32, where one is needed.
pub(super) type Buffer = Option<[f32; BLOCK]>;

/// Where an operand's elements lie in its slice: one after the other, or as the values or gates of a packed one.
#[derive(Clone, Copy)]
pub(super) enum Arrangement {
    Contiguous,
    Packed { packing: Packing, second: bool },
}

impl Arrangement {
    fn of_packed(packing: Packing) -> [Self; 2] {
        let seconds = match packing.order {
            Order::ValueFirst => [false, true],
            Order::GateFirst => [true, false],
        };
        seconds.map(|second| Self::Packed { packing, second })
    }

    /// Where the element of this number lies, how far it is from there to the next one, and how many of the next ones lie likewise.
    fn run(self, index: usize) -> (usize, usize, usize) {
        match self {
            Self::Contiguous => (index, 1, usize::MAX),
            Self::Packed { packing: Packing { half: None, .. }, second } => {
                (2 * index + usize::from(second), 2, usize::MAX)
            }
            Self::Packed { packing: Packing { half: Some(half), .. }, second } => {
                let half = half as usize;
                let at = index + index / half * half;
                (if second { at + half } else { at }, 1, half - index % half)
            }
        }
    }

    /// Calls `each` with where elements lie: their numbers from 0 on, the place of the first of these, and the step.
    fn runs(self, first: usize, count: usize, mut each: impl FnMut(std::ops::Range<usize>, usize, usize)) {
        let mut done = 0;
        while done < count {
            let (at, step, alike) = self.run(first + done);
            let end = count.min(done.saturating_add(alike));
            each(done..end, at, step);
            done = end;
        }
    }

    fn half(self) -> Option<u64> {
        match self {
            Self::Contiguous => None,
            Self::Packed { packing, .. } => packing.half,
        }
    }
}

/// An operand that is read.
#[derive(Clone, Copy)]
pub(super) struct Input<'a, T> {
    name: &'static str,
    data: &'a [T],
    arrangement: Arrangement,
}

impl<'a, T: Element> Input<'a, T> {
    pub(super) fn new(name: &'static str, data: &'a [T]) -> Self {
        Self { name, data, arrangement: Arrangement::Contiguous }
    }

    /// The values and the gates.
    pub(super) fn of_pair(pair: Pair<&'a [T]>) -> Result<[Self; 2], Error> {
        match pair.0 {
            PairForm::Separate { value, gate } => Ok([Self::new("value", value), Self::new("gate", gate)]),
            PairForm::Packed { x, packing } => {
                packing.values("x", x.len() as u64)?;
                Ok(Arrangement::of_packed(packing).map(|arrangement| Self {
                    name: "x",
                    data: x,
                    arrangement,
                }))
            }
        }
    }

    pub(super) fn elements(&self) -> usize {
        match self.arrangement {
            Arrangement::Contiguous => self.data.len(),
            Arrangement::Packed { .. } => self.data.len() / 2,
        }
    }

    pub(super) fn check_length(&self, elements: usize) -> Result<(), Error> {
        Error::check_length(self.name, elements as u64, self.elements() as u64)
    }

    /// So many elements in f32: where they lie if they can, else in the buffer.
    pub(super) fn read<'b>(&'b self, first: usize, count: usize, buffer: &'b mut Buffer) -> &'b [f32] {
        match self.arrangement {
            Arrangement::Contiguous if T::STORAGE == Storage::F32 => cast_slice(&self.data[first..][..count]),
            _ => self.copy(first, count, buffer),
        }
    }

    fn copy<'b>(&self, first: usize, count: usize, buffer: &'b mut Buffer) -> &'b [f32] {
        let wide = &mut buffer.get_or_insert([0.0; BLOCK])[..count];
        if let Arrangement::Contiguous = self.arrangement {
            T::widen(&self.data[first..][..count], wide);
        } else {
            let mut narrow = [T::zeroed(); BLOCK];
            self.arrangement.runs(first, count, |range, at, step| {
                let elements = self.data[at..].iter().step_by(step);
                narrow[range].iter_mut().zip(elements).for_each(|(to, from)| *to = *from);
            });
            T::widen(&narrow[..count], wide);
        }
        wide
    }
}

/// M results for each element.
pub(super) enum Output<'a, T, const M: usize> {
    Slices([(&'static str, &'a mut [T]); M]),
    Packed { x: &'a mut [T], arrangements: [Arrangement; M] },
}

impl<'a, T> Output<'a, T, 1> {
    pub(super) fn new(name: &'static str, slice: &'a mut [T]) -> Self {
        Self::Slices([(name, slice)])
    }
}

impl<'a, T: Element> Output<'a, T, 2> {
    /// Those by the value and by the gate.
    pub(super) fn of_pair(pair: Pair<&'a mut [T]>) -> Result<Self, Error> {
        match pair.0 {
            PairForm::Separate { value, gate } => Ok(Self::Slices([("d_value", value), ("d_gate", gate)])),
            PairForm::Packed { x, packing } => {
                packing.values("dx", x.len() as u64)?;
                Ok(Self::Packed { x, arrangements: Arrangement::of_packed(packing) })
            }
        }
    }
}

impl<T: Element, const M: usize> Output<'_, T, M> {
    pub(super) fn elements(&self) -> usize {
        self.result(0).elements()
    }

    /// The results of this number, as they stand.
    fn result(&self, index: usize) -> Input<'_, T> {
        match self {
            Self::Slices(slices) => Input::new(slices[index].0, slices[index].1),
            Self::Packed { x, arrangements } => {
                Input { name: "dx", data: x, arrangement: arrangements[index] }
            }
        }
    }

    /// Whether it can go with inputs of so many elements, laid out like this.
    pub(super) fn check<U: Element>(
        &self,
        elements: usize,
        inputs: &[Option<Input<'_, U>>],
    ) -> Result<(), Error> {
        (0..M).try_for_each(|index| self.result(index).check_length(elements))?;
        let half = inputs.iter().flatten().find_map(|input| input.arrangement.half());
        match (half, self.result(0).arrangement.half()) {
            (Some(expected), Some(actual)) => {
                Error::check_length("the last dimension of dx", 2 * expected, 2 * actual)
            }
            _ => Ok(()),
        }
    }

    /// Results for whole multiples of so many elements can be split off.
    pub(super) fn grain(&self) -> usize {
        self.result(0).arrangement.half().map_or(1, |half| half.max(1) as usize)
    }

    /// Takes those for the first so many elements.
    pub(super) fn split_off(&mut self, elements: usize) -> Self {
        match self {
            Self::Slices(slices) => Self::Slices(slices.each_mut().map(|(name, slice)| {
                // None left is none taken.
                (*name, slice.split_off_mut(..elements).unwrap_or_default())
            })),
            Self::Packed { x, arrangements } => {
                let x = x.split_off_mut(..2 * elements).unwrap_or_default();
                Self::Packed { x, arrangements: *arrangements }
            }
        }
    }

    /// The first result of so many elements, in the buffer.
    pub(super) fn read<'b>(&self, first: usize, count: usize, buffer: &'b mut Buffer) -> &'b [f32] {
        self.result(0).copy(first, count, buffer)
    }

    /// Has so many elements' results computed where they lie, if they can, else in the buffers.
    pub(super) fn write(
        &mut self,
        first: usize,
        count: usize,
        buffers: &mut [Buffer; M],
        compute: impl FnOnce([&mut [f32]; M]),
    ) {
        if let (Self::Slices(slices), Storage::F32) = (&mut *self, T::STORAGE) {
            return compute(slices.each_mut().map(|(_, slice)| cast_slice_mut(&mut slice[first..][..count])));
        }
        let mut wide = buffers.each_mut().map(|buffer| &mut buffer.get_or_insert([0.0; BLOCK])[..count]);
        compute(wide.each_mut().map(|results| &mut **results));
        match self {
            Self::Slices(slices) => {
                for ((_, slice), wide) in slices.iter_mut().zip(wide) {
                    T::narrow(wide, &mut slice[first..][..count]);
                }
            }
            Self::Packed { x, arrangements } => {
                for (arrangement, wide) in arrangements.iter().zip(wide) {
                    let mut narrow = [T::zeroed(); BLOCK];
                    T::narrow(wide, &mut narrow[..count]);
                    arrangement.runs(first, count, |range, at, step| {
                        let elements = x[at..].iter_mut().step_by(step);
                        elements.zip(&narrow[range]).for_each(|(to, from)| *to = *from);
                    });
                }
            }
        }
    }
}
