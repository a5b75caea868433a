//! Dimensions of a tensor: what a function of rows goes along.

use crate::error::Error;

/// One dimension of a tensor, seen as (outer, size, inner): `size` elements, `inner` apart from each other, are one row. The outer size
/// follows from the number of elements.
///
/// ```
/// use wgpu_activations::Axis;
/// let shape = [64, 1000, 7, 7];
/// assert_eq!(Axis::of(&shape, 1)?, Axis::new(1000, 49));
/// assert_eq!(Axis::of(&shape, -1)?, Axis::last(7));
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Axis {
    size: u64,
    inner: u64,
}

impl Axis {
    /// A dimension of so many elements, with `inner` elements in all dimensions after it.
    #[must_use]
    pub const fn new(size: u64, inner: u64) -> Self {
        Self { size, inner }
    }

    /// The last dimension: rows are neighbours.
    #[must_use]
    pub const fn last(size: u64) -> Self {
        Self::new(size, 1)
    }

    /// Dimension number `dimension` of a shape; -1 is the last one.
    ///
    /// # Errors
    /// [`Error::NoSuchDimension`]
    pub fn of(shape: &[u64], dimension: isize) -> Result<Self, Error> {
        let from_end = if dimension < 0 { shape.len().checked_add_signed(dimension) } else { None };
        let index = from_end.or(usize::try_from(dimension).ok()).filter(|index| *index < shape.len());
        let index = index.ok_or(Error::NoSuchDimension { dimension, dimensions: shape.len() })?;
        let inner = shape[index + 1..].iter().fold(1, |product: u64, size| product.saturating_mul(*size));
        Ok(Self::new(shape[index], inner))
    }

    /// How many elements a row has.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.size
    }

    /// How far apart its elements are.
    #[must_use]
    pub const fn inner(self) -> u64 {
        self.inner
    }

    /// All rows that begin within `inner` neighbouring elements.
    pub(crate) const fn period(self) -> u64 {
        self.size.saturating_mul(self.inner)
    }

    /// How many rows so many elements are. Of rows without elements, nobody knows how many there are.
    pub(crate) const fn rows(self, elements: u64) -> Option<u64> {
        elements.checked_div(self.size)
    }

    /// The number in the tensor of an element of a row.
    pub(crate) const fn place(self, row: u64, element: u64) -> u64 {
        row / self.inner * self.period() + element * self.inner + row % self.inner
    }

    /// Whether there is one of `actual` for each row.
    pub(crate) fn check_rows(self, operand: &'static str, elements: u64, actual: u64) -> Result<(), Error> {
        self.rows(elements).map_or(Ok(()), |rows| Error::check_rows(operand, rows, actual))
    }

    /// Whether a tensor of so many elements has it.
    pub(crate) fn check(self, operand: &'static str, elements: u64) -> Result<(), Error> {
        let divisor = self.period();
        // 0 is a multiple of 0.
        if elements.is_multiple_of(divisor) {
            return Ok(());
        }
        Err(Error::NotDivisible { operand, elements, what: "the axis's size times inner", divisor })
    }
}
