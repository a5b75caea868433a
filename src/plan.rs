//! Dispatch planning: which words of which buffers go into which dispatch. Pure: numbers in, numbers out.
//!
//! A step is cut into segments, one dispatch each. A segment is wide (whole 16-byte words) or narrow (any 4-byte offset). Where all
//! operands agree modulo 16 bytes, the bulk is wide and at most a head and a tail are narrow; otherwise all is narrow. The last
//! of an odd number of 16-bit elements is a segment of its own. No segment binds more than the device allows, and no two
//! bindings of one dispatch overlap.

use crate::error::Error;
use crate::storage::Storage;

/// The most operands that a step has.
pub(crate) const MAX_OPERANDS: usize = 8;

/// How much of an operand a shader reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// 16 bytes.
    Wide,
    /// 4 bytes.
    Narrow,
    /// The first of two 16-bit elements: a word's lower half.
    Single,
}

/// Where an operand begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operand {
    /// Which buffer: equal numbers are the same buffer.
    pub(crate) buffer: usize,
    pub(crate) byte_offset: u64,
    pub(crate) written: bool,
}

/// The limits that planning obeys; wgpu's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_compute_workgroups_per_dimension: u32,
    pub(crate) max_storage_buffer_binding_size: u64,
    pub(crate) min_storage_buffer_offset_alignment: u64,
}

impl From<&wgpu::Limits> for Limits {
    fn from(limits: &wgpu::Limits) -> Self {
        Self {
            max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
            min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment.into(),
        }
    }
}

/// How a shader may use a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    Read,
    /// Also where a binding is only read, but its buffer is written through another one: wgpu tracks usage per buffer, and
    /// allows one kind of it in a dispatch.
    ReadWrite,
}

impl Access {
    pub(crate) fn writes(self) -> bool {
        self == Self::ReadWrite
    }
}

/// Which operand lies in which binding, and how each binding is used. Part of a shader's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    slots: [u8; MAX_OPERANDS],
    access: [Access; MAX_OPERANDS],
    count: u8,
}

impl Layout {
    /// Every operand in a binding of its own.
    pub(crate) fn separate(written: &[bool]) -> Self {
        let mut layout = Self { slots: [0; MAX_OPERANDS], access: [Access::Read; MAX_OPERANDS], count: 0 };
        for (operand, &written) in written.iter().enumerate() {
            layout.slots[operand] = layout.count;
            layout.push(if written { Access::ReadWrite } else { Access::Read });
        }
        layout
    }

    /// One more binding; its number is that of bindings before.
    pub(crate) fn push(&mut self, access: Access) {
        self.access[usize::from(self.count)] = access;
        self.count += 1;
    }

    /// One more operand, in a binding of its own.
    pub(crate) fn push_operand(&mut self, operand: usize, access: Access) {
        self.slots[operand] = self.count;
        self.push(access);
    }

    fn set_slot(&mut self, operand: usize, slot: usize) {
        self.slots[operand] = u8::try_from(slot).unwrap_or(u8::MAX);
    }

    pub(crate) fn slot(&self, operand: usize) -> usize {
        usize::from(self.slots[operand])
    }

    pub(crate) fn accesses(&self) -> impl ExactSizeIterator<Item = Access> {
        self.access[..usize::from(self.count)].iter().copied()
    }
}

/// What one binding covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) buffer: usize,
    pub(crate) byte_offset: u64,
    pub(crate) byte_size: u64,
}

/// One dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) width: Width,
    pub(crate) words: u32,
    pub(crate) layout: Layout,
    /// In the order of the layout's slots.
    pub(crate) bindings: Vec<Binding>,
    /// Of each operand, in words from the start of its binding.
    pub(crate) offsets: [u32; MAX_OPERANDS],
}

impl Segment {
    /// How many workgroups it needs, at so many words each.
    pub(crate) fn blocks(&self, words_per_block: u32) -> u32 {
        self.words.div_ceil(words_per_block)
    }
}

/// The size of wide words' alignment.
const WIDE_ALIGNMENT: u64 = 16;

/// Cuts `elements` elements of every operand into segments, in order, without gaps.
pub(crate) fn segments(
    operands: &[Operand],
    elements: u64,
    storage: Storage,
    limits: &Limits,
) -> Result<Vec<Segment>, Error> {
    let mut result = Vec::new();
    let mut done = 0;
    while done < elements {
        let (width, most) = run_at(operands, done, elements - done, storage);
        let (segment, taken) = segment(operands, done, most, storage, width, limits)?;
        result.push(segment);
        done += taken;
    }
    Ok(result)
}

/// From element `first` on: which width, for how many elements at most.
fn run_at(operands: &[Operand], first: u64, remaining: u64, storage: Storage) -> (Width, u64) {
    let bytes = storage.bytes();
    let misalignment = |operand: &Operand| (operand.byte_offset + first * bytes) % WIDE_ALIGNMENT;
    let misaligned = operands.first().map_or(0, misalignment);
    if operands.iter().any(|operand| misalignment(operand) != misaligned) {
        return narrow_run(remaining, storage);
    }
    if misaligned > 0 {
        let head = (WIDE_ALIGNMENT - misaligned) / bytes;
        return narrow_run(head.min(remaining), storage);
    }
    let per_word = storage.per_word(Width::Wide);
    match remaining / per_word {
        0 => narrow_run(remaining, storage),
        words => (Width::Wide, words * per_word),
    }
}

/// Of so many elements, those that fill narrow words; or the one that does not.
fn narrow_run(remaining: u64, storage: Storage) -> (Width, u64) {
    let per_word = storage.per_word(Width::Narrow);
    match remaining / per_word {
        0 => (Width::Single, remaining),
        words => (Width::Narrow, words * per_word),
    }
}

/// The segment from element `first` on, of at most `most` elements, and how many elements it takes.
fn segment(
    operands: &[Operand],
    first: u64,
    most: u64,
    storage: Storage,
    width: Width,
    limits: &Limits,
) -> Result<(Segment, u64), Error> {
    let max = limits.max_storage_buffer_binding_size;
    let word = Storage::word_bytes(width);
    let per_word = storage.per_word(width);
    // A binding may begin up to one alignment unit before its operand.
    let mut words =
        (most / per_word).min(max.saturating_sub(limits.min_storage_buffer_offset_alignment) / word);
    while words > 0 {
        let segment = bind(operands, first * storage.bytes(), words * word, word, width, limits);
        let largest = segment.bindings.iter().map(|binding| binding.byte_size).max().unwrap_or(0);
        if largest <= max {
            return Ok((segment, words * per_word));
        }
        // Operands of one buffer share a binding because they lie close together: shorter pieces lie further apart.
        words /= 2;
    }
    Err(Error::LimitExceeded {
        what: "the smallest binding",
        limit: "max_storage_buffer_binding_size",
        wanted: limits.min_storage_buffer_offset_alignment + word,
        allowed: max,
    })
}

/// Binds `length` bytes of every operand, `start` bytes after its beginning. Operands of one buffer whose bindings would overlap
/// share one.
fn bind(operands: &[Operand], start: u64, length: u64, word: u64, width: Width, limits: &Limits) -> Segment {
    let alignment = limits.min_storage_buffer_offset_alignment;
    let mut order: Vec<usize> = (0..operands.len()).collect();
    order.sort_by_key(|&operand| (operands[operand].buffer, operands[operand].byte_offset));

    let mut bindings: Vec<Binding> = Vec::new();
    let mut slot_of = [0; MAX_OPERANDS];
    for &operand in &order {
        let Operand { buffer, byte_offset, .. } = operands[operand];
        let begin = (byte_offset + start) / alignment * alignment;
        let end = byte_offset + start + length;
        match bindings.last_mut() {
            Some(last) if last.buffer == buffer && begin < last.byte_offset + last.byte_size => {
                last.byte_size = last.byte_size.max(end - last.byte_offset);
            }
            _ => bindings.push(Binding { buffer, byte_offset: begin, byte_size: end - begin }),
        }
        slot_of[operand] = bindings.len() - 1;
    }

    // Slots are numbered by the first operand in them, so that the order in memory does not multiply the shaders.
    let mut layout = Layout::separate(&[]);
    let mut numbered: Vec<usize> = Vec::new();
    let mut offsets = [0; MAX_OPERANDS];
    for (operand, place) in operands.iter().enumerate() {
        let old = slot_of[operand];
        let slot = numbered.iter().position(|&slot| slot == old).unwrap_or_else(|| {
            let written = operands.iter().any(|other| other.written && other.buffer == place.buffer);
            layout.push(if written { Access::ReadWrite } else { Access::Read });
            numbered.push(old);
            numbered.len() - 1
        });
        layout.set_slot(operand, slot);
        let bytes = place.byte_offset + start - bindings[old].byte_offset;
        offsets[operand] = word_count(bytes / word);
    }
    let bindings = numbered.iter().map(|&slot| bindings[slot]).collect();
    Segment { width, words: word_count(length / word), layout, bindings, offsets }
}

/// Words within one binding: a binding has at most 2^32 - 1 bytes, so this cannot be cut off.
pub(crate) fn word_count(words: u64) -> u32 {
    u32::try_from(words).unwrap_or(u32::MAX)
}

/// A grid of at least `groups` workgroups, as (width, height).
pub(crate) fn grid(groups: u32, limits: &Limits) -> Result<(u32, u32), Error> {
    let max = limits.max_compute_workgroups_per_dimension.max(1);
    let height = groups.div_ceil(max).max(1);
    if height > max {
        return Err(Error::LimitExceeded {
            what: "the grid",
            limit: "max_compute_workgroups_per_dimension",
            wanted: height.into(),
            allowed: max.into(),
        });
    }
    Ok((groups.div_ceil(height), height))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn limits() -> impl Strategy<Value = Limits> {
        // From far below WebGPU's smallest, where every path is met with small numbers, to real ones.
        (5u32..=8, 10u32..=27, 1u32..=65535).prop_map(|(alignment, binding, groups)| Limits {
            max_compute_workgroups_per_dimension: groups,
            max_storage_buffer_binding_size: 1 << binding,
            min_storage_buffer_offset_alignment: 1 << alignment,
        })
    }

    fn storage() -> impl Strategy<Value = Storage> {
        prop::sample::select(Storage::ALL)
    }

    /// Two inputs and an output, in one buffer or several: disjoint, or the output over an input.
    fn operands() -> impl Strategy<Value = (Vec<Operand>, u64, Storage)> {
        let gaps = prop::array::uniform3(prop_oneof![0u64..8, 0u64..100_000]);
        let buffers = prop::array::uniform3(0usize..3);
        (gaps, buffers, 1u64..200_000, prop::option::of(0usize..2), storage()).prop_map(
            |(gaps, buffers, elements, in_place, storage)| {
                let mut end = [0; 3];
                let mut operands: Vec<Operand> = Vec::new();
                for (gap, buffer) in gaps.into_iter().zip(buffers) {
                    let byte_offset = end[buffer] + gap * 4;
                    end[buffer] = byte_offset + (elements * storage.bytes()).next_multiple_of(4);
                    operands.push(Operand { buffer, byte_offset, written: operands.len() == 2 });
                }
                if let Some(input) = in_place {
                    operands[2] = Operand { written: true, ..operands[input] };
                }
                (operands, elements, storage)
            },
        )
    }

    proptest! {
        #[test]
        fn segments_cover_every_element_once_within_the_limits((operands, elements, storage) in operands(), limits in limits()) {
            let segments = segments(&operands, elements, storage, &limits).unwrap();
            let mut done = 0;
            for segment in &segments {
                let word = Storage::word_bytes(segment.width);
                let bytes = u64::from(segment.words) * word;
                for (index, operand) in operands.iter().enumerate() {
                    let binding = segment.bindings[segment.layout.slot(index)];
                    let begin = binding.byte_offset + u64::from(segment.offsets[index]) * word;
                    prop_assert_eq!(binding.buffer, operand.buffer);
                    prop_assert_eq!(begin, operand.byte_offset + done * storage.bytes(), "no gap, no overlap");
                    prop_assert!(begin + bytes <= binding.byte_offset + binding.byte_size, "the binding covers it");
                }
                check_bindings(segment, &operands, &limits)?;
                done += u64::from(segment.words) * storage.per_word(segment.width);
            }
            prop_assert_eq!(done, elements);
        }

        #[test]
        fn a_grid_has_room_for_every_workgroup(groups in 1u32..=u32::MAX, limits in limits()) {
            let max = limits.max_compute_workgroups_per_dimension;
            match grid(groups, &limits) {
                Ok((width, height)) => {
                    prop_assert!(width <= max && height <= max);
                    prop_assert!(u64::from(width) * u64::from(height) >= u64::from(groups));
                }
                Err(_) => prop_assert!(u64::from(groups) > u64::from(max) * u64::from(max)),
            }
        }
    }

    fn check_bindings(segment: &Segment, operands: &[Operand], limits: &Limits) -> Result<(), TestCaseError> {
        let accesses: Vec<Access> = segment.layout.accesses().collect();
        prop_assert_eq!(accesses.len(), segment.bindings.len());
        for (slot, binding) in segment.bindings.iter().enumerate() {
            prop_assert!(binding.byte_size <= limits.max_storage_buffer_binding_size);
            prop_assert_eq!(binding.byte_offset % limits.min_storage_buffer_offset_alignment, 0);
            prop_assert_eq!(binding.byte_size % Storage::word_bytes(segment.width), 0);
            let written = operands.iter().any(|operand| operand.written && operand.buffer == binding.buffer);
            prop_assert_eq!(accesses[slot].writes(), written, "one kind of usage for each buffer");
            for other in &segment.bindings[..slot] {
                let apart = binding.byte_offset >= other.byte_offset + other.byte_size
                    || other.byte_offset >= binding.byte_offset + binding.byte_size;
                prop_assert!(
                    binding.buffer != other.buffer || apart,
                    "bindings of one buffer do not overlap"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn aligned_operands_are_wide_and_their_ends_narrow() {
        let limits = Limits {
            max_compute_workgroups_per_dimension: 65535,
            max_storage_buffer_binding_size: 1 << 27,
            min_storage_buffer_offset_alignment: 256,
        };
        let at = |buffer, byte_offset| Operand { buffer, byte_offset, written: buffer == 1 };
        let widths_in = |storage, x, y, elements| -> Vec<(Width, u32)> {
            let segments = segments(&[at(0, x), at(1, y)], elements, storage, &limits).unwrap();
            segments.iter().map(|segment| (segment.width, segment.words)).collect()
        };
        let widths = |x, y, elements| widths_in(Storage::F32, x, y, elements);
        assert_eq!(widths(0, 512, 1024), [(Width::Wide, 256)]);
        assert_eq!(widths(4, 20, 1025), [(Width::Narrow, 3), (Width::Wide, 255), (Width::Narrow, 2)]);
        assert_eq!(widths(4, 8, 1024), [(Width::Narrow, 1024)]);
        assert_eq!(widths(8, 8, 1), [(Width::Narrow, 1)]);
        assert_eq!(widths(0, 0, 0), []);
        // 2^26 elements: more than one binding of 128 MiB may hold.
        assert_eq!(widths(0, 0, 1 << 26).len(), 3);
        assert_eq!(widths_in(Storage::F16, 0, 512, 1024), [(Width::Wide, 128)]);
        assert_eq!(
            widths_in(Storage::Bf16, 12, 28, 1025),
            [(Width::Narrow, 1), (Width::Wide, 127), (Width::Narrow, 3), (Width::Single, 1)]
        );
        assert_eq!(widths_in(Storage::F16, 4, 8, 5), [(Width::Narrow, 2), (Width::Single, 1)]);
        assert_eq!(widths_in(Storage::F16, 4, 4, 1), [(Width::Single, 1)]);
    }
}
