//! Which elements of a tensor share a value of a smaller one, along rows.

use crate::error::Error;
use crate::operand::Channels;
use crate::operation::Axis;

/// How a bias goes over a tensor whose rows have an axis: which elements share a value of it, as NumPy broadcasts.
///
/// ```
/// use wgpu_activations::{Broadcast, Error};
/// let scores = [4, 16, 128, 1024]; // batch, heads, queries, keys
/// Broadcast::of(&scores, -1, &[4, 1, 1, 1024])?; // a mask of padding
/// Broadcast::of(&scores, -1, &[4, 1, 128, 1024])?; // one mask for all heads
/// Broadcast::of(&scores, -1, &[16, 128, 1024])?; // positions, by head
/// assert_eq!(Broadcast::of(&scores, -1, &[1024])?, Broadcast::COLUMNS);
/// assert_eq!(Broadcast::of(&scores, -1, &scores)?, Broadcast::ELEMENTS);
/// assert!(matches!(Broadcast::of(&scores, -1, &[4, 16, 128, 3]), Err(Error::NotBroadcast { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Broadcast(Shares);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shares {
    Nothing,
    Rows,
    Some(Strided),
}

/// Where rows find their values: row r and its element k at `outer(r) * strides[0] + run(r) * strides[1] + k * strides[2]`. Channels are
/// of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Strided {
    pub(crate) outer: Channels,
    pub(crate) run: Channels,
    pub(crate) strides: [u64; 3],
    /// How many values there are.
    pub(crate) count: u64,
    /// Whether each element has one of its own: then some rows have as many values as elements.
    pub(crate) whole: bool,
}

impl Broadcast {
    /// A value for each element.
    pub const ELEMENTS: Self = Self(Shares::Nothing);

    /// A value for each element of a row, which all rows share.
    pub const COLUMNS: Self = Self(Shares::Rows);

    /// That of a shape over another one, along whose dimension `dimension` rows go (-1 is the last): each of its sizes is 1, or as there; those
    /// that are missing in front are 1.
    ///
    /// # Errors
    /// [`Error::NotBroadcast`] for other sizes. Also where what the bias has of the dimensions before the axis is more than one group of
    /// neighbours and, along the last axis, one more right before it; and where it has some of the dimensions after the axis and lacks
    /// others: repeat it along one.
    /// [`Error::NoSuchDimension`].
    pub fn of(shape: &[u64], dimension: isize, bias: &[u64]) -> Result<Self, Error> {
        Axis::of(shape, dimension)?;
        let refused = || Error::NotBroadcast { shape: bias.to_vec(), over: shape.to_vec() };
        let missing = shape.len().checked_sub(bias.len()).ok_or_else(refused)?;
        let own: Vec<u64> = std::iter::repeat_n(1, missing).chain(bias.iter().copied()).collect();
        let fits = |(own, size): (&u64, &u64)| *own == 1 || own == size;
        if !own.iter().zip(shape).all(fits) {
            return Err(refused());
        }
        let from_end = if dimension < 0 { shape.len() } else { 0 };
        let at = from_end.wrapping_add_signed(dimension);
        let strided = Strided::of(shape, at, &own).ok_or_else(refused)?;
        let all = |from: usize, to: usize| own[from..to].iter().eq(&shape[from..to]);
        let shared = own[..at].iter().chain(&own[at + 1..]).all(|size| *size == 1);
        Ok(Self(match strided {
            _ if all(0, shape.len()) => Shares::Nothing,
            _ if shared && own[at] == shape[at] => Shares::Rows,
            strided => Shares::Some(strided),
        }))
    }

    /// Over so many rows along an axis.
    pub(crate) fn along(self, axis: Axis, rows: u64) -> Result<Strided, Error> {
        let (size, inner) = (axis.size(), axis.inner().max(1));
        let strided = match self.0 {
            Shares::Nothing if inner == 1 => Strided {
                outer: Channels::ONE,
                run: Channels::new(rows.max(1), 1),
                strides: [0, size, 1],
                count: rows.saturating_mul(size),
                whole: true,
            },
            Shares::Nothing => Strided {
                outer: Channels::new((rows / inner).max(1), inner),
                run: Channels::new(inner, 1),
                strides: [size.saturating_mul(inner), 1, inner],
                count: rows.saturating_mul(size),
                whole: true,
            },
            Shares::Rows => Strided {
                outer: Channels::ONE,
                run: Channels::ONE,
                strides: [0, 0, 1],
                count: size,
                whole: false,
            },
            Shares::Some(strided) => strided,
        };
        for channels in [strided.outer, strided.run] {
            channels.check("x, in rows,", rows)?;
        }
        Ok(strided)
    }
}

impl Strided {
    /// None where it takes more than two groups of dimensions.
    fn of(shape: &[u64], at: usize, own: &[u64]) -> Option<Self> {
        let product =
            |sizes: &[u64]| sizes.iter().fold(1, |product: u64, size| product.saturating_mul(*size));
        let (after, own_after) = (&shape[at + 1..], &own[at + 1..]);
        let (inner, own_inner) = (product(after), product(own_after));
        if own_inner != 1 && own_inner != inner {
            return None;
        }
        // Groups of neighbours before the axis, last first: what is there, what is missing, what is there again.
        let mut groups = [1_u64; 3];
        let mut group = if inner == 1 { 0 } else { 1 };
        for (size, own) in shape[..at].iter().zip(&own[..at]).rev().filter(|(size, _)| **size != 1) {
            let there = own == size;
            if there != (group != 1) {
                group += 1;
            }
            match groups.get_mut(group) {
                Some(product) => *product = product.saturating_mul(*size),
                None if there => return None,
                None => {}
            }
        }
        let [last, missing, first] = groups;
        let (run, size) = (last.saturating_mul(own_inner), own[at]);
        let along = |stride: u64| if size == 1 { 0 } else { stride };
        let strides = if inner == 1 {
            [run.saturating_mul(size), size, along(1)]
        } else {
            [size.saturating_mul(own_inner), 1, along(own_inner)]
        };
        let apart = missing.saturating_mul(if inner == 1 { last } else { inner });
        let count = first.saturating_mul(run).saturating_mul(size);
        Some(Self {
            outer: Channels::new(first, apart),
            run: Channels::new(run, 1),
            strides,
            count,
            whole: false,
        })
    }

    /// Where element `element` of row number `row` finds its value.
    #[cfg(any(feature = "cpu", test))]
    pub(crate) fn place(&self, row: u64, element: u64) -> u64 {
        let of = |channels: Channels| row / channels.inner() % channels.count();
        of(self.outer) * self.strides[0] + of(self.run) * self.strides[1] + element * self.strides[2]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// Each element's place, by NumPy's rule.
    fn expected(shape: &[u64], own: &[u64], index: u64) -> u64 {
        let (mut rest, mut place, mut stride) = (index, 0, 1);
        for (size, own) in shape.iter().zip(own).rev() {
            place += if *own == 1 { 0 } else { rest % size * stride };
            stride *= own;
            rest /= size;
        }
        place
    }

    #[test]
    fn every_shape_is_gone_over_as_numpy_does_or_refused() {
        let shape = [2, 3, 4, 5, 2];
        let mut refused = 0;
        for dimension in 0..shape.len() {
            for kept in 0..1 << shape.len() {
                let own: Vec<u64> =
                    (0..shape.len()).map(|at| if kept >> at & 1 == 1 { shape[at] } else { 1 }).collect();
                let axis = Axis::of(&shape, dimension as isize).unwrap();
                let Ok(broadcast) = Broadcast::of(&shape, dimension as isize, &own) else {
                    refused += 1;
                    continue;
                };
                let rows = 240 / axis.size();
                let strided = broadcast.along(axis, rows).unwrap();
                assert_eq!(strided.count, own.iter().product::<u64>(), "{own:?}");
                for row in 0..rows {
                    for element in 0..axis.size() {
                        let (outer, inner) = (row / axis.inner(), row % axis.inner());
                        let index = (outer * axis.size() + element) * axis.inner() + inner;
                        let place = strided.place(row, element);
                        assert_eq!(place, expected(&shape, &own, index), "{own:?} along {dimension}");
                    }
                }
            }
        }
        assert_eq!(refused, 74);
    }

    #[test]
    fn attention_has_all_that_it_broadcasts() {
        let shape = [4, 16, 8, 32];
        for kept in 0..8 {
            let size = |at: usize| if kept >> at & 1 == 1 { shape[at] } else { 1 };
            Broadcast::of(&shape, -1, &[size(0), size(1), size(2), 32]).unwrap();
        }
    }
}
