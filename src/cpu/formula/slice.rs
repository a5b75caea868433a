//! Slices of any element type, read and written in f64.

use bytemuck::{cast_slice, cast_slice_mut};
use half::{bf16, f16};
use multiversion::multiversion;

use super::evaluate::BLOCK;
use crate::operand::{Operand as Generic, OperandKind};
use crate::storage::{Element, Storage};

/// Elements on the CPU, of any type: as [`Cpu::formula`](super::super::Cpu::formula) takes them. A mutable slice may be read and
/// written, another one only read.
#[derive(Debug)]
pub struct Slice<'a>(pub(super) Access<'a>);

/// What a name of a formula is bound to on the CPU: a slice for an operand or a result with an element each (`(&x).into()`,
/// `(&mut y).into()`); f32 slices with channels; one with a single value; the value of a parameter; or a seed.
pub type Operand<'a> = Generic<'a, Slice<'a>>;

/// What may be done with a slice.
#[derive(Debug)]
pub(super) enum Access<'a> {
    Read(Values<'a>),
    Write(ValuesMut<'a>),
}

/// A slice that is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
}

/// A slice that is written.
#[derive(Debug)]
pub(super) enum ValuesMut<'a> {
    F32(&'a mut [f32]),
    F16(&'a mut [f16]),
    Bf16(&'a mut [bf16]),
}

/// The same for a slice of each type.
macro_rules! each {
    ($type:ident, $slice:expr, $elements:ident => $result:expr) => {
        match $slice {
            $type::F32($elements) => $result,
            $type::F16($elements) => $result,
            $type::Bf16($elements) => $result,
        }
    };
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
        Self(Access::Read(of_storage!(Values, slice, cast_slice)))
    }
}

impl<'a, T: Element> From<&'a mut [T]> for Slice<'a> {
    fn from(slice: &'a mut [T]) -> Self {
        Self(Access::Write(of_storage!(ValuesMut, slice, cast_slice_mut)))
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

impl Slice<'_> {
    /// As it is read.
    pub(super) fn values(&self) -> Values<'_> {
        match &self.0 {
            Access::Read(values) => *values,
            Access::Write(values) => values.values(),
        }
    }
}

impl<'a> Values<'a> {
    pub(super) fn len(self) -> usize {
        each!(Self, self, elements => elements.len())
    }

    /// The elements, where they are f32.
    pub(super) fn floats(self) -> Option<&'a [f32]> {
        match self {
            Self::F32(elements) => Some(elements),
            _ => None,
        }
    }

    /// As many elements from number `first` on as `wide` has, in f64.
    pub(super) fn read(self, first: usize, wide: &mut [f64]) {
        match self.floats() {
            Some(floats) => widen(&floats[first..][..wide.len()], wide),
            None => each!(Self, self, elements => read(&elements[first..][..wide.len()], wide)),
        }
    }
}

impl<'a> ValuesMut<'a> {
    pub(super) fn values(&self) -> Values<'_> {
        match self {
            Self::F32(elements) => Values::F32(elements),
            Self::F16(elements) => Values::F16(elements),
            Self::Bf16(elements) => Values::Bf16(elements),
        }
    }

    /// Writes these from number `first` on, rounded to f32 and then to its type.
    pub(super) fn write(&mut self, first: usize, wide: &[f64]) {
        match self {
            Self::F32(elements) => narrow(wide, &mut elements[first..][..wide.len()]),
            Self::F16(elements) => write(wide, &mut elements[first..][..wide.len()]),
            Self::Bf16(elements) => write(wide, &mut elements[first..][..wide.len()]),
        }
    }

    /// Takes the first so many elements, of those that are left.
    pub(super) fn split_off(&mut self, elements: usize) -> Self {
        macro_rules! split {
            ($($type:ident)*) => {
                match self {
                    $(Self::$type(slice) => {
                        let elements = elements.min(slice.len());
                        Self::$type(slice.split_off_mut(..elements).unwrap_or_default())
                    })*
                }
            };
        }
        split!(F32 F16 Bf16)
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
