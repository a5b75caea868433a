//! Slices of any element type, read and written in f64.

use std::ops::Range;

use bytemuck::{cast_slice, cast_slice_mut};
use half::{bf16, f16};
use multiversion::multiversion;

use super::evaluate::BLOCK;
use crate::error::Error;
use crate::operand::{Operand as Generic, OperandKind};
use crate::storage::{Element, Storage};

/// Elements on the CPU, of any type: as [`Cpu::formula`](super::super::Cpu::formula) takes them. A mutable slice may be read and
/// written, another one only read.
#[derive(Debug)]
pub struct Slice<'a> {
    pub(super) access: Access<'a>,
    pub(super) rows: Rows,
}

/// What a name of a formula is bound to on the CPU: a slice for an operand or a result with an element each (`(&x).into()`,
/// `(&mut y).into()`); f32 slices with channels; one with a single value; the value of a parameter; or a seed.
pub type Operand<'a> = Generic<'a, Slice<'a>>;

/// What may be done with a slice.
#[derive(Debug)]
pub(super) enum Access<'a> {
    Read(Elements<'a>),
    Write(ElementsMut<'a>),
}

/// A slice that is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Elements<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
}

/// A slice that is written.
#[derive(Debug)]
pub(super) enum ElementsMut<'a> {
    F32(&'a mut [f32]),
    F16(&'a mut [f16]),
    Bf16(&'a mut [bf16]),
}

/// Values that are read, in the order of their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    elements: Elements<'a>,
    rows: Rows,
}

/// Values that are written.
#[derive(Debug)]
pub(super) struct ValuesMut<'a> {
    pub(super) elements: ElementsMut<'a>,
    pub(super) rows: Rows,
}

/// A slice of a type by its storage.
macro_rules! of_storage {
    ($type:ident, $slice:expr, $cast:ident) => {
        match T::STORAGE {
            Storage::F32 => $type::F32($cast($slice)),
            Storage::F16 => $type::F16($cast($slice)),
            Storage::Bf16 => $type::Bf16($cast($slice)),
        }
    };
}

impl<'a, T: Element> From<&'a [T]> for Slice<'a> {
    fn from(slice: &'a [T]) -> Self {
        let rows = Rows::contiguous(slice.len());
        Self { access: Access::Read(of_storage!(Elements, slice, cast_slice)), rows }
    }
}

impl<'a, T: Element> From<&'a mut [T]> for Slice<'a> {
    fn from(slice: &'a mut [T]) -> Self {
        let rows = Rows::contiguous(slice.len());
        Self { access: Access::Write(of_storage!(ElementsMut, slice, cast_slice_mut)), rows }
    }
}

/// Arrays and vectors are slices, and slices operands.
macro_rules! from_elements {
    ($([$($array:tt)*] $elements:ty => $slice:ident),* $(,)?) => {
        $(
            impl<'a, T: Element, $($array)*> From<$elements> for Slice<'a> {
                fn from(elements: $elements) -> Self {
                    elements.$slice().into()
                }
            }
            from_elements!(@operand [$($array)*] $elements);
        )*
        from_elements!(@operand [] &'a [T]);
        from_elements!(@operand [] &'a mut [T]);
    };
    (@operand [$($array:tt)*] $elements:ty) => {
        impl<'a, T: Element, $($array)*> From<$elements> for Operand<'a> {
            fn from(elements: $elements) -> Self {
                Self::new(OperandKind::Span(elements.into()))
            }
        }
    };
}

from_elements!(
    [] &'a Vec<T> => as_slice,
    [] &'a mut Vec<T> => as_mut_slice,
    [const N: usize] &'a [T; N] => as_slice,
    [const N: usize] &'a mut [T; N] => as_mut_slice,
);

impl<'a> From<Slice<'a>> for Operand<'a> {
    fn from(slice: Slice<'a>) -> Self {
        Self::new(OperandKind::Span(slice))
    }
}

/// Where values lie: in rows with room between them, or one after the other, as in one endless row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// How many values there are.
    count: usize,
    row: usize,
    /// Elements between the end of a row and the beginning of the next one.
    gap: usize,
    /// How many elements of the first row are missing.
    begun: usize,
    /// Elements from the beginning of a row to that of the next one.
    pitch: usize,
}

impl Rows {
    const fn contiguous(count: usize) -> Self {
        Self { count, row: usize::MAX, gap: 0, begun: 0, pitch: usize::MAX }
    }

    /// Where the value of this number lies.
    fn place(&self, index: usize) -> usize {
        index + (self.begun + index) / self.row * self.gap
    }

    /// Pieces of so many values from number `first` on that lie side by side: which of these, and where.
    fn pieces(self, first: usize, count: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
        let mut done = 0;
        std::iter::from_fn(move || {
            let at = first + done;
            let begin = done;
            done = count.min(done.saturating_add(self.row - (self.begun + at) % self.row));
            (begin < done).then(|| (begin..done, self.place(at)))
        })
    }

    /// The first so many values, and the others, which begin at that place.
    fn split(self, count: usize) -> ([Self; 2], usize) {
        let first = Self { count, ..self };
        let rest = Self { count: self.count - count, begun: (self.begun + count) % self.row, ..self };
        ([first, rest], self.place(count))
    }
}

impl<'a> Slice<'a> {
    /// `count` rows of `row` elements, each `pitch` elements after the one before, from the slice's first element on: a part of the columns
    /// of a wider matrix, or rows that are padded. As [`Span::rows`](crate::plan::Span::rows), for operands and results of formulas with an
    /// element each.
    ///
    /// ```
    /// use wgpu_activations::{Formula, cpu::{Cpu, Slice}};
    /// // Rows of two values and two gates.
    /// let matrix = [1.0_f32, 2.0, 0.5, 4.0, 3.0, 4.0, 2.0, 0.25];
    /// let (value, gate) = (Slice::rows(&matrix, 4, 2, 2), Slice::rows(&matrix[2..], 4, 2, 2));
    /// let mut y = [0.0_f32; 4];
    /// Cpu::new().formula(&"value * gate".parse()?, [("value", value.into()), ("gate", gate.into()), ("y", (&mut y).into())])?;
    /// assert_eq!(y, [0.5, 8.0, 6.0, 1.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn rows(elements: impl Into<Self>, pitch: usize, row: usize, count: usize) -> Self {
        let Self { access, .. } = elements.into();
        let count = row.saturating_mul(count);
        let rows = Rows { count, row: row.max(1), gap: pitch.saturating_sub(row), begun: 0, pitch };
        Self { access, rows: if count > row { rows } else { Rows::contiguous(count) } }
    }

    /// How many values there are, all of which lie in the slice.
    pub(super) fn check(&self, operand: &'static str) -> Result<usize, Error> {
        let Rows { count, row, gap, pitch, .. } = self.rows;
        let (storage, length) = self.elements().size();
        let bytes = storage.bytes();
        if pitch < row {
            let (pitch, row) = (pitch as u64, row as u64);
            return Err(Error::Pitch { operand, pitch: pitch * bytes, row, bytes: row * bytes });
        }
        let end = (count.saturating_sub(1) / row).checked_mul(gap).and_then(|gaps| gaps.checked_add(count));
        if end.is_none_or(|end| end > length) {
            let (elements, buffer_bytes) = (count as u64, length as u64 * bytes);
            return Err(Error::OutOfBounds { operand, byte_offset: 0, elements, buffer_bytes });
        }
        Ok(count)
    }

    pub(super) fn check_contiguous(&self, operand: &'static str) -> Result<(), Error> {
        self.check(operand)?;
        if self.rows.gap == 0 { Ok(()) } else { Err(Error::RowsApart { operand }) }
    }

    fn elements(&self) -> Elements<'_> {
        match &self.access {
            Access::Read(elements) => *elements,
            Access::Write(elements) => elements.elements(),
        }
    }

    /// As they are read.
    pub(super) fn values(&self) -> Values<'_> {
        Values { elements: self.elements(), rows: self.rows }
    }
}

impl Elements<'_> {
    fn size(self) -> (Storage, usize) {
        match self {
            Self::F32(elements) => (Storage::F32, elements.len()),
            Self::F16(elements) => (Storage::F16, elements.len()),
            Self::Bf16(elements) => (Storage::Bf16, elements.len()),
        }
    }
}

impl<'a> Values<'a> {
    /// All of them, where they are f32 side by side.
    pub(super) fn floats(self) -> Option<&'a [f32]> {
        match self.elements {
            Elements::F32(elements) if self.rows.gap == 0 => elements.get(..self.rows.count),
            _ => None,
        }
    }

    /// As many values from number `first` on as `wide` has, in f64.
    pub(super) fn read(self, first: usize, wide: &mut [f64]) {
        for (range, at) in self.rows.pieces(first, wide.len()) {
            let wide = &mut wide[range];
            match self.elements {
                Elements::F32(elements) => widen(&elements[at..][..wide.len()], wide),
                Elements::F16(elements) => read(&elements[at..][..wide.len()], wide),
                Elements::Bf16(elements) => read(&elements[at..][..wide.len()], wide),
            }
        }
    }
}

impl ElementsMut<'_> {
    fn elements(&self) -> Elements<'_> {
        match self {
            Self::F32(elements) => Elements::F32(elements),
            Self::F16(elements) => Elements::F16(elements),
            Self::Bf16(elements) => Elements::Bf16(elements),
        }
    }
}

impl<'a> ValuesMut<'a> {
    pub(super) fn values(&self) -> Values<'_> {
        Values { elements: self.elements.elements(), rows: self.rows }
    }

    /// Where they are f32.
    pub(super) fn floats(&mut self) -> Option<&mut [f32]> {
        match &mut self.elements {
            ElementsMut::F32(elements) => Some(elements),
            _ => None,
        }
    }

    /// Writes these from number `first` on, rounded to f32 and then to its type.
    pub(super) fn write(&mut self, first: usize, wide: &[f64]) {
        for (range, at) in self.rows.pieces(first, wide.len()) {
            let wide = &wide[range];
            match &mut self.elements {
                ElementsMut::F32(elements) => narrow(wide, &mut elements[at..][..wide.len()]),
                ElementsMut::F16(elements) => write(wide, &mut elements[at..][..wide.len()]),
                ElementsMut::Bf16(elements) => write(wide, &mut elements[at..][..wide.len()]),
            }
        }
    }

    /// Takes the first so many values, of those that are left.
    pub(super) fn split_off(&mut self, count: usize) -> Self {
        let ([first, rest], place) = self.rows.split(count.min(self.rows.count));
        macro_rules! split {
            ($($type:ident)*) => {
                match &mut self.elements {
                    $(ElementsMut::$type(elements) => {
                        let place = if rest.count == 0 { elements.len() } else { place };
                        ElementsMut::$type(elements.split_off_mut(..place).unwrap_or_default())
                    })*
                }
            };
        }
        let elements = split!(F32 F16 Bf16);
        self.rows = rest;
        Self { elements, rows: first }
    }
}

/// By way of f32.
fn read<T: Element>(elements: &[T], wide: &mut [f64]) {
    let mut floats = [0.0; BLOCK];
    let floats = &mut floats[..wide.len()];
    T::widen(elements, floats);
    widen(floats, wide);
}

/// Likewise.
fn write<T: Element>(wide: &[f64], elements: &mut [T]) {
    let mut floats = [0.0; BLOCK];
    let floats = &mut floats[..wide.len()];
    narrow(wide, floats);
    T::narrow(floats, elements);
}

#[multiversion(targets = "simd")]
pub(super) fn widen(floats: &[f32], wide: &mut [f64]) {
    wide.iter_mut().zip(floats).for_each(|(wide, float)| *wide = (*float).into());
}

#[multiversion(targets = "simd")]
fn narrow(wide: &[f64], floats: &mut [f32]) {
    floats.iter_mut().zip(wide).for_each(|(float, wide)| *float = *wide as f32);
}
