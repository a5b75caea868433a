//! Ranges of buffers.

use crate::error::Error;
use crate::storage::Storage;

/// A contiguous range of a buffer: where it begins, and how many elements it has.
///
/// Elements and not bytes, because a length in bytes cannot say "three f16". A span is checked when it is bound, never when it is made,
/// and never panics.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    buffer: &'a wgpu::Buffer,
    byte_offset: u64,
    /// None: as many as the buffer holds.
    elements: Option<u64>,
}

impl<'a> Span<'a> {
    /// `elements` elements from byte `byte_offset` on, which must be a multiple of 4.
    #[must_use]
    pub fn new(buffer: &'a wgpu::Buffer, byte_offset: u64, elements: u64) -> Self {
        Self { buffer, byte_offset, elements: Some(elements) }
    }

    /// The whole buffer.
    #[must_use]
    pub fn all(buffer: &'a wgpu::Buffer) -> Self {
        Self { buffer, byte_offset: 0, elements: None }
    }

    pub(crate) fn buffer(&self) -> &'a wgpu::Buffer {
        self.buffer
    }

    pub(crate) fn byte_offset(&self) -> u64 {
        self.byte_offset
    }

    pub(crate) fn elements(&self, storage: Storage) -> u64 {
        self.elements.unwrap_or(self.buffer.size() / storage.bytes())
    }

    /// Everything that can be said of this span alone.
    pub(crate) fn check(&self, operand: &'static str, storage: Storage) -> Result<(), Error> {
        let Self { byte_offset, .. } = *self;
        let elements = self.elements(storage);
        let buffer_bytes = self.buffer.size();
        if !byte_offset.is_multiple_of(4) {
            return Err(Error::Misaligned { operand, byte_offset });
        }
        let end = elements.checked_mul(storage.bytes()).and_then(|bytes| bytes.checked_add(byte_offset));
        let Some(end) = end.filter(|end| *end <= buffer_bytes) else {
            return Err(Error::OutOfBounds { operand, byte_offset, elements, buffer_bytes });
        };
        // The last of an odd number of 16-bit elements is reached through its whole word.
        if end.next_multiple_of(4) > buffer_bytes {
            return Err(Error::CutOff { operand, buffer_bytes });
        }
        let missing = wgpu::BufferUsages::STORAGE - self.buffer.usage();
        if !missing.is_empty() {
            return Err(Error::MissingUsage { operand, missing });
        }
        Ok(())
    }

    /// Whether the two share bytes, each of its storage; both checked.
    pub(crate) fn overlaps(&self, storage: Storage, other: (&Self, Storage)) -> bool {
        let (a, b) = (self.range(storage), other.0.range(other.1));
        self.buffer == other.0.buffer && a.0 < b.1 && b.0 < a.1
    }

    /// Whether the two share bytes without being the same range; both checked.
    pub(crate) fn overlaps_in_part(&self, storage: Storage, other: (&Self, Storage)) -> bool {
        self.overlaps(storage, other) && self.range(storage) != other.0.range(other.1)
    }

    fn range(&self, storage: Storage) -> (u64, u64) {
        (self.byte_offset, self.byte_offset + self.elements(storage) * storage.bytes())
    }
}
