//! Ranges of buffers.

use std::fmt::Debug;

use crate::error::Error;
use crate::storage::{Storage, Width};

/// What checks and plans need to know about a buffer: one of any version of wgpu, a [`plan::Buffer`](crate::plan::Buffer), or a handle of
/// your own. Values that compare equal are the same buffer.
pub trait Memory: PartialEq + Debug {
    /// Its size.
    fn bytes(&self) -> u64;

    /// Whether shaders may bind it as storage: it has wgpu's usage `STORAGE`.
    fn is_storage(&self) -> bool {
        true
    }
}

/// A contiguous range of a buffer: its offset in bytes and its length in elements.
///
/// The length is in elements because 16-bit storage comes in whole words: a length in bytes cannot say "three f16". A span is checked when
/// it is bound, not when it is made, and it never panics.
///
/// The buffer must belong to the device that the span is bound on. Binding refuses a buffer of another device of the same `wgpu::Instance`
/// ([`Error::Refused`]). A buffer of another instance cannot be detected: every instance numbers its buffers from the start, so wgpu reads a
/// different buffer or panics. Create all devices of a process from one instance.
///
/// ```
/// use wgpu_activations::{Span, wgpu};
///
/// fn two_tensors(arena: &wgpu::Buffer) -> [Span<'_>; 2] {
///     [Span::new(arena, 0, 1000), Span::new(arena, 4000, 1000)] // offsets in bytes, lengths in elements
/// }
/// ```
#[derive(Debug)]
pub struct Span<'a, B> {
    buffer: &'a B,
    byte_offset: u64,
    /// None: as many as the buffer holds.
    elements: Option<u64>,
    rows: Option<Rows>,
}

/// The least that shaders read and write at once, in bytes.
const WORD: u64 = Storage::word_bytes(Width::Narrow);

/// Rows with gaps between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Bytes from the beginning of a row to that of the next one.
    pitch: u64,
    /// Elements in a row.
    pub(crate) row: u64,
}

impl<B> Clone for Span<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Span<'_, B> {}

impl<'a, B: Memory> Span<'a, B> {
    /// `elements` elements from byte `byte_offset` on, which must be a multiple of an element's bytes. 16-bit elements that begin within a
    /// 32-bit word, at no multiple of 4, are taken one by one, which costs more.
    #[must_use]
    pub fn new(buffer: &'a B, byte_offset: u64, elements: u64) -> Self {
        Self { buffer, byte_offset, elements: Some(elements), rows: None }
    }

    /// The whole buffer.
    #[must_use]
    pub fn all(buffer: &'a B) -> Self {
        Self { buffer, byte_offset: 0, elements: None, rows: None }
    }

    /// `count` rows of `row` elements, each starting `pitch` bytes after the previous one: some of the columns of a wider matrix, or padded
    /// rows. Only formulas take them, for operands and results with an element each. All such rows in a formula have the same length.
    ///
    /// The pitch is a multiple of an element's bytes and at least as long as a row.
    ///
    /// ```
    /// use wgpu_activations::Span;
    ///
    /// /// Columns 64 to 128 of a matrix of f32 with 256 columns.
    /// fn columns(matrix: &wgpu::Buffer, rows: u64) -> Span<'_> {
    ///     Span::rows(matrix, 64 * 4, 256 * 4, 64, rows)
    /// }
    /// ```
    #[must_use]
    pub fn rows(buffer: &'a B, byte_offset: u64, pitch: u64, row: u64, count: u64) -> Self {
        let rows = Some(Rows { pitch, row }).filter(|_| count > 1);
        Self { buffer, byte_offset, elements: Some(row.saturating_mul(count)), rows }
    }

    /// Its rows, unless there is no room between them.
    pub(crate) fn row_layout(&self, storage: Storage) -> Option<Rows> {
        self.rows.filter(|rows| rows.row > 0 && rows.gap(storage) > 0)
    }

    pub(crate) fn buffer(&self) -> &'a B {
        self.buffer
    }

    pub(crate) fn byte_offset(&self) -> u64 {
        self.byte_offset
    }

    pub(crate) fn elements(&self, storage: Storage) -> u64 {
        self.elements.unwrap_or(self.buffer.bytes() / storage.bytes())
    }

    /// Everything that can be said of this span alone.
    pub(crate) fn check(&self, operand: &'static str, storage: Storage) -> Result<(), Error> {
        let Self { byte_offset, .. } = *self;
        let elements = self.elements(storage);
        let buffer_bytes = self.buffer.bytes();
        if !byte_offset.is_multiple_of(storage.bytes()) {
            return Err(Error::Misaligned { operand, byte_offset, multiple: storage.bytes() });
        }
        if let Some(rows) = &self.rows {
            rows.check(operand, storage)?;
        }
        let gaps = self.rows.map_or(Some(0), |rows| {
            let count = elements.checked_div(rows.row).unwrap_or(0);
            count.saturating_sub(1).checked_mul(rows.gap(storage))
        });
        let bytes = elements.checked_mul(storage.bytes()).zip(gaps);
        let end = bytes.and_then(|(bytes, gaps)| bytes.checked_add(gaps)?.checked_add(byte_offset));
        let Some(end) = end.filter(|end| *end <= buffer_bytes) else {
            return Err(Error::OutOfBounds { operand, byte_offset, elements, buffer_bytes });
        };
        // The last of an odd number of 16-bit elements is reached through its whole word.
        if end.next_multiple_of(WORD) > buffer_bytes {
            return Err(Error::CutOff { operand, buffer_bytes });
        }
        if !self.buffer.is_storage() {
            return Err(Error::MissingUsage { operand, missing: "STORAGE" });
        }
        Ok(())
    }

    /// Whether it, or a row of it, begins or ends within a word; checked.
    pub(crate) fn is_odd(&self, storage: Storage) -> bool {
        let rows = self.row_layout(storage);
        let in_words = |rows: Rows| rows.pitch.is_multiple_of(WORD) && storage.fills_words(rows.row);
        !self.byte_offset.is_multiple_of(WORD) || !rows.is_none_or(in_words)
    }

    /// Whether the two share bytes, each of its storage; both checked.
    pub(crate) fn overlaps(&self, storage: Storage, other: (&Self, Storage)) -> bool {
        let (a, b) = (self.range(storage), other.0.range(other.1));
        self.buffer == other.0.buffer && a.0 < b.1 && b.0 < a.1 && !self.is_beside(storage, other)
    }

    /// Whether both are columns of one matrix, and none of them shared.
    fn is_beside(&self, storage: Storage, (other, others): (&Self, Storage)) -> bool {
        let (Some(one), Some(two)) = (self.row_layout(storage), other.row_layout(others)) else {
            return false;
        };
        if one.pitch != two.pitch {
            return false;
        }
        let (first, second) = (self.byte_offset % one.pitch, other.byte_offset % one.pitch);
        let apart = (second + one.pitch - first) % one.pitch;
        apart >= one.row * storage.bytes() && apart + two.row * others.bytes() <= one.pitch
    }

    /// Whether the two share bytes without being the same range; both checked.
    pub(crate) fn overlaps_in_part(&self, storage: Storage, other: (&Self, Storage)) -> bool {
        let same = self.range(storage) == other.0.range(other.1) && self.rows == other.0.rows;
        self.overlaps(storage, other) && !same
    }

    fn range(&self, storage: Storage) -> (u64, u64) {
        let elements = self.elements(storage);
        let gaps = self
            .row_layout(storage)
            .map_or(0, |rows| (elements / rows.row).saturating_sub(1) * rows.gap(storage));
        (self.byte_offset, self.byte_offset + elements * storage.bytes() + gaps)
    }
}

impl Rows {
    /// Bytes between the end of a row and the beginning of the next one.
    pub(crate) fn gap(&self, storage: Storage) -> u64 {
        self.pitch.saturating_sub(self.row.saturating_mul(storage.bytes()))
    }

    fn check(&self, operand: &'static str, storage: Storage) -> Result<(), Error> {
        let Self { pitch, row } = *self;
        let bytes = row.saturating_mul(storage.bytes());
        if !pitch.is_multiple_of(storage.bytes()) || pitch < bytes {
            return Err(Error::Pitch { operand, pitch, row, bytes });
        }
        Ok(())
    }
}
