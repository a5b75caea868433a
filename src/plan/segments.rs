//! Dispatch planning: which words of which buffers go into which dispatch. Pure: numbers in, numbers out.
//!
//! A step is cut into segments, one dispatch each. A segment is wide (whole 16-byte words) or narrow (any 4-byte offset). Where all
//! operands agree modulo 16 bytes, the bulk is wide and at most a head and a tail are narrow; otherwise all is narrow. The last
//! of an odd number of 16-bit elements is a segment of its own. No segment binds more than the device allows, and no two
//! bindings of one dispatch overlap.
//!
//! Operands need not be contiguous: pairs take two elements for each of the others', and halves of rows every other row. Segments of
//! rows are whole rows, or parts of one row, which are contiguous. Where 16-bit elements, or rows of an odd number of them, begin within
//! words, segments are narrow, begin anywhere, and count the elements of such operands.

use std::ops::Range;

use crate::error::Error;
use crate::formula::MAX_OPERANDS;
use crate::operand::Pitch;
use crate::philox::TOGETHER;
use crate::plan::limits::Limits;
use crate::shader::{Access, Layout, Spec};
use crate::storage::{Storage, Width};

/// Where an operand begins, and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    /// Which buffer: equal numbers are the same buffer.
    pub(crate) buffer: usize,
    pub(crate) byte_offset: u64,
    pub(crate) written: bool,
    pub(crate) pitch: Pitch,
    /// Bytes between rows, where operands have such.
    pub(crate) gap: u64,
}

/// What is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) elements: u64,
    /// Elements in a row, where operands have rows.
    pub(crate) row: u64,
    pub(crate) storage: Storage,
    /// Whether there may be wide segments.
    pub(crate) wide: bool,
    /// Where something is drawn for elements, the number of the first one: no wide word begins among those that are drawn together.
    pub(crate) drawn_from: Option<u64>,
}

impl Extent {
    pub(crate) fn new(elements: u64, storage: Storage) -> Self {
        Self { elements, row: 0, storage, wide: true, drawn_from: None }
    }

    /// Of what such a kernel takes.
    pub(crate) fn of<C: Copy>(elements: u64, spec: &Spec<C>) -> Self {
        let draws = !spec.draw_numbers().is_empty();
        Self { drawn_from: draws.then_some(0), ..Self::new(elements, spec.storage) }
    }
}

impl Region {
    pub(crate) fn is_aligned(&self) -> bool {
        self.byte_offset.is_multiple_of(WIDE_ALIGNMENT)
    }

    /// The place of element `first`; in rows of whole words, the first one of a row.
    fn at(&self, first: u64, extent: Extent) -> u64 {
        let gaps = if self.pitch.has_rows() { first / extent.row.max(1) * self.gap } else { 0 };
        self.byte_offset + first * self.pitch.room() * extent.storage.bytes() + gaps
    }

    /// Where the word of an element ends, which is the last one of its word.
    fn end(&self, last: u64, extent: Extent) -> u64 {
        let bytes = self.pitch.room() * extent.storage.bytes();
        (self.at(last, extent) + bytes).next_multiple_of(Storage::word_bytes(Width::Narrow))
    }

    /// What its offset and its gap are counted in.
    fn unit(&self, width: Width, extent: Extent) -> u64 {
        if self.pitch.is_odd() { extent.storage.bytes() } else { Storage::word_bytes(width) }
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
    /// The number of its first element.
    pub(crate) first: u64,
    pub(crate) width: Width,
    pub(crate) words: u32,
    /// Words in a row, where operands have rows; elements, where some begin within words.
    pub(crate) row_words: u32,
    /// There, how many elements of its row come before the first one.
    pub(crate) row_first: u32,
    pub(crate) layout: Layout,
    /// In the order of the layout's slots.
    pub(crate) bindings: Vec<Binding>,
    /// Of each operand, in words from the start of its binding; in elements, where it begins within words.
    pub(crate) offsets: [u32; MAX_OPERANDS],
    /// Of each operand with rows, the words between them, or elements likewise.
    pub(crate) gaps: [u32; MAX_OPERANDS],
}

impl Segment {
    /// Which ones it has, in words of so many.
    pub(crate) fn elements(&self, per_word: u64) -> Range<u64> {
        self.first..self.first + u64::from(self.words) * per_word
    }
}

/// The size of wide words' alignment.
const WIDE_ALIGNMENT: u64 = 16;

/// Cuts every operand into segments, in order, without gaps.
pub(crate) fn segments(operands: &[Region], extent: Extent, limits: &Limits) -> Result<Vec<Segment>, Error> {
    if operands.iter().any(|operand| operand.pitch.is_odd()) {
        return runs(&in_elements(operands), countable(extent)?, limits);
    }
    if operands.iter().any(|operand| operand.pitch == Pitch::Rows) && extent.elements > extent.row {
        whole_rows(operands, extent, limits)
    } else {
        runs(&without_rows(operands, 0, extent), extent, limits)
    }
}

/// Rows as those beside them that begin within words.
fn in_elements(operands: &[Region]) -> Vec<Region> {
    let odd = |operand: &Region| match operand.pitch {
        Pitch::Rows => Region { pitch: Pitch::OddRows, ..*operand },
        _ => *operand,
    };
    operands.iter().map(odd).collect()
}

/// Where shaders count the elements of rows, in u32, and take them one by one.
fn countable(extent: Extent) -> Result<Extent, Error> {
    let (wanted, allowed) = (extent.row, 1 << 31);
    if extent.elements > 0 && wanted > allowed {
        let what = "a row of elements that begin within words";
        return Err(Error::LimitExceeded { what, limit: "2^31", wanted, allowed });
    }
    Ok(Extent { wide: false, ..extent })
}

/// Of operands whose words follow each other, or that are counted by elements.
fn runs(operands: &[Region], extent: Extent, limits: &Limits) -> Result<Vec<Segment>, Error> {
    let mut result = Vec::new();
    let mut done = 0;
    while done < extent.elements {
        let (width, most) = run_at(operands, done, extent);
        let words = most / extent.storage.per_word(width);
        let segment = segment(operands, done, words, 1, width, extent, limits).ok_or_else(|| {
            let last = done + extent.storage.per_word(width) - 1;
            let bytes = |operand: &Region| operand.end(last, extent) - operand.at(done, extent);
            let widest = operands.iter().map(bytes).max().unwrap_or(0);
            Error::LimitExceeded {
                what: "the smallest binding",
                limit: "max_storage_buffer_binding_size",
                // A binding may begin up to one alignment unit before its operand.
                wanted: limits.min_storage_buffer_offset_alignment.saturating_add(widest),
                allowed: limits.max_storage_buffer_binding_size,
            }
        })?;
        done += u64::from(segment.words) * extent.storage.per_word(width);
        result.push(segment);
    }
    Ok(result)
}

/// As many whole rows at once as bindings hold; a row that is too long for one, by itself.
fn whole_rows(operands: &[Region], extent: Extent, limits: &Limits) -> Result<Vec<Segment>, Error> {
    let wide = extent.wide
        && (extent.row * extent.storage.bytes()).is_multiple_of(WIDE_ALIGNMENT)
        && operands.iter().all(|operand| operand.is_aligned() && operand.gap.is_multiple_of(WIDE_ALIGNMENT));
    let width = if wide { Width::Wide } else { Width::Narrow };
    if let Some(segments) = granules(operands, extent, width, limits) {
        return Ok(segments);
    }
    let mut result = Vec::new();
    for row in 0..extent.elements / extent.row {
        result.extend(one_row(operands, row * extent.row, extent, limits)?);
    }
    Ok(result)
}

/// Of this width, as many whole rows at once as bindings hold; None if that is not even one.
pub(crate) fn granules(
    operands: &[Region],
    extent: Extent,
    width: Width,
    limits: &Limits,
) -> Option<Vec<Segment>> {
    let row_words = extent.row / extent.storage.per_word(width);
    let mut result = Vec::new();
    let mut done = 0;
    while done < extent.elements {
        let words = (extent.elements - done) / extent.row * row_words;
        let segment = segment(operands, done, words, row_words, width, extent, limits)?;
        done += u64::from(segment.words) / row_words * extent.row;
        result.push(segment);
    }
    Some(result)
}

/// The row that begins at element `first`.
pub(crate) fn one_row(
    operands: &[Region],
    first: u64,
    extent: Extent,
    limits: &Limits,
) -> Result<Vec<Segment>, Error> {
    let drawn_from = extent.drawn_from.map(|number| number + first);
    let row = Extent { elements: extent.row, drawn_from, ..extent };
    let mut segments = runs(&without_rows(operands, first, extent), row, limits)?;
    segments.iter_mut().for_each(|segment| segment.first += first);
    Ok(segments)
}

/// From element `first` on, to the end of its row: that is contiguous.
fn without_rows(operands: &[Region], first: u64, extent: Extent) -> Vec<Region> {
    let row = |operand: &Region| Region {
        byte_offset: operand.at(first, extent),
        pitch: if operand.pitch == Pitch::Rows { Pitch::Contiguous } else { operand.pitch },
        ..*operand
    };
    operands.iter().map(row).collect()
}

/// From element `first` on: which width, for how many elements at most.
fn run_at(operands: &[Region], first: u64, extent: Extent) -> (Width, u64) {
    let remaining = extent.elements - first;
    let per_word = extent.storage.per_word(Width::Wide);
    let aligned = |first: u64| {
        operands.iter().all(|operand| operand.at(first, extent).is_multiple_of(WIDE_ALIGNMENT))
            && extent.drawn_from.is_none_or(|number| (number + first).is_multiple_of(TOGETHER))
    };
    match (0..per_word).find(|head| extent.wide && aligned(first + head)) {
        Some(0) if remaining >= per_word => (Width::Wide, remaining),
        None | Some(0) => narrow_run(remaining, extent.storage),
        Some(head) => narrow_run(head.min(remaining), extent.storage),
    }
}

/// Of so many elements, those that fill narrow words; or the one that does not.
fn narrow_run(remaining: u64, storage: Storage) -> (Width, u64) {
    if remaining < storage.per_word(Width::Narrow) {
        (Width::Single, remaining)
    } else {
        (Width::Narrow, remaining)
    }
}

/// The segment from element `first` on, of at most so many words, whole granules of them; None if not even one fits.
fn segment(
    operands: &[Region],
    first: u64,
    most: u64,
    granule: u64,
    width: Width,
    extent: Extent,
    limits: &Limits,
) -> Option<Segment> {
    let max = limits.max_storage_buffer_binding_size;
    let whole = |words: u64| words / granule * granule;
    let mut words = whole(most.min(max / Storage::word_bytes(width)));
    while words > 0 {
        let segment = bind(operands, first, words, granule, width, extent, limits);
        let largest = segment.bindings.iter().map(|binding| binding.byte_size).max().unwrap_or(0);
        if largest <= max {
            return Some(segment);
        }
        // What is too much, or half: operands of one buffer share a binding because they lie close together, and shorter
        // pieces lie further apart.
        let excess = (largest - max).div_ceil(Storage::word_bytes(width));
        words = whole((words.saturating_sub(excess)).max(words / 2));
    }
    None
}

/// Binds so many words of every operand, from element `first` on. Operands of one buffer whose bindings would overlap share one; where
/// bindings are scarce, so do all that one may cover.
fn bind(
    operands: &[Region],
    first: u64,
    words: u64,
    row_words: u64,
    width: Width,
    extent: Extent,
    limits: &Limits,
) -> Segment {
    let mut order: Vec<usize> = (0..operands.len()).collect();
    order.sort_by_key(|&operand| (operands[operand].buffer, operands[operand].at(first, extent)));

    let scarce = operands.len() > limits.max_storage_buffers_per_shader_stage as usize;
    let mut bindings: Vec<Binding> = Vec::new();
    let mut slot_of = [0; MAX_OPERANDS];
    for &index in &order {
        let operand = &operands[index];
        let start = operand.at(first, extent);
        let begin = limits.align_down(start);
        let end = operand.end(first + words * extent.storage.per_word(width) - 1, extent);
        let shares = |last: &Binding| {
            let covered = end.saturating_sub(last.byte_offset) <= limits.max_storage_buffer_binding_size;
            last.buffer == operand.buffer
                && (begin < last.byte_offset + last.byte_size || (scarce && covered))
        };
        match bindings.last_mut() {
            Some(last) if shares(last) => {
                last.byte_size = last.byte_size.max(end - last.byte_offset);
            }
            _ => {
                bindings.push(Binding { buffer: operand.buffer, byte_offset: begin, byte_size: end - begin })
            }
        }
        slot_of[index] = bindings.len() - 1;
    }

    // Slots are numbered by the first operand in them, so that the order in memory does not multiply the shaders.
    let mut layout = Layout::separate(&[]);
    let mut numbered: Vec<usize> = Vec::new();
    let (mut offsets, mut gaps) = ([0; MAX_OPERANDS], [0; MAX_OPERANDS]);
    for (index, operand) in operands.iter().enumerate() {
        let old = slot_of[index];
        let slot = numbered.iter().position(|&slot| slot == old).unwrap_or_else(|| {
            let written = operands.iter().any(|other| other.written && other.buffer == operand.buffer);
            layout.push(if written { Access::ReadWrite } else { Access::Read });
            numbered.push(old);
            numbered.len() - 1
        });
        layout.set(index, slot, operand.pitch);
        let bytes = operand.at(first, extent) - bindings[old].byte_offset;
        offsets[index] = word_count(bytes / operand.unit(width, extent));
        gaps[index] = word_count(operand.gap / operand.unit(width, extent));
    }
    let bindings = numbered.iter().map(|&slot| bindings[slot]).collect();
    let odd = operands.iter().any(|operand| operand.pitch.is_odd());
    let row = extent.row.max(1);
    let [words, row_words, row_first] =
        if odd { [words, row, first % row] } else { [words, row_words, 0] }.map(word_count);
    Segment { first, width, words, row_words, row_first, layout, bindings, offsets, gaps }
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
    use crate::operation::Order;

    fn limits() -> impl Strategy<Value = Limits> {
        // From far below WebGPU's smallest, where every path is met with small numbers, to real ones.
        (5u32..=8, 10u32..=27, 1u32..=65535).prop_map(|(alignment, binding, groups)| Limits {
            max_compute_workgroups_per_dimension: groups,
            max_storage_buffer_binding_size: 1 << binding,
            min_storage_buffer_offset_alignment: 1 << alignment,
            // Plenty, or scarce.
            max_storage_buffers_per_shader_stage: if groups % 2 == 0 { 8 } else { 2 },
            ..Limits::default()
        })
    }

    fn storage() -> impl Strategy<Value = Storage> {
        prop::sample::select(Storage::ALL)
    }

    fn pitch() -> impl Strategy<Value = Pitch> {
        let pairs = prop::sample::select(vec![Order::ValueFirst, Order::GateFirst]).prop_map(Pitch::Pairs);
        prop_oneof![Just(Pitch::Contiguous), Just(Pitch::Rows), pairs, Just(Pitch::Floats)]
    }

    /// What lies within words, or not; where one of 16 bits does, rows are counted in elements.
    fn in_words(pitch: Pitch, begins_within: bool, row_ends_within: bool) -> Pitch {
        match pitch {
            Pitch::Contiguous if begins_within => Pitch::OddRows,
            Pitch::Rows if begins_within || row_ends_within => Pitch::OddRows,
            Pitch::Pairs(order) if begins_within => Pitch::OddPairs(order),
            pitch => pitch,
        }
    }

    /// Two inputs and an output, in one buffer or several: disjoint, or the output over an input. The second half of the rows is
    /// somebody else's.
    fn operands() -> impl Strategy<Value = (Vec<Region>, Extent)> {
        let gaps = prop::array::uniform3(prop_oneof![0u64..8, 0u64..100_000]);
        let buffers = prop::array::uniform3(0usize..3);
        let pitches = prop_oneof![
            Just([Pitch::Contiguous; 3]),
            [pitch(), pitch()].prop_map(|[first, last]| [first, Pitch::Contiguous, last])
        ];
        // Long rows, few of them, and short ones.
        let extent = (prop_oneof![1u64..40, 1u64..20_000], 1u64..12, storage(), prop::bool::ANY);
        let within = prop::array::uniform3(prop::bool::weighted(0.2));
        (gaps, buffers, pitches, extent, prop::option::of(0usize..2), within).prop_map(
            |(gaps, buffers, pitches, (row, rows, storage, draws), in_place, within)| {
                let of_16_bits = storage != Storage::F32;
                let mut pitches = pitches;
                for (pitch, within) in pitches.iter_mut().zip(within) {
                    *pitch = in_words(*pitch, of_16_bits && within, of_16_bits && row % 2 == 1);
                }
                let drawn_from = draws.then_some(0);
                let extent = Extent { row, drawn_from, ..Extent::new(row * rows, storage) };
                let mut end = [0; 3];
                let mut operands: Vec<Region> = Vec::new();
                for ((gap, buffer), pitch) in gaps.into_iter().zip(buffers).zip(pitches) {
                    let room = pitch.room();
                    let (within, gap_of_rows) = match pitch {
                        Pitch::Rows => (0, 4 * (1 + gap % 8)),
                        Pitch::OddRows => (2 * (gap % 2), 2 * (gap % 16)),
                        Pitch::OddPairs(_) => (2, 0),
                        _ => (0, 0),
                    };
                    let byte_offset = end[buffer] + gap * 4 + within;
                    let gap = gap_of_rows;
                    let bytes = room * extent.elements * storage.bytes() + rows * gap;
                    end[buffer] = (byte_offset + bytes).next_multiple_of(4);
                    operands.push(Region { buffer, byte_offset, written: operands.len() == 2, pitch, gap });
                }
                if let Some(input) = in_place {
                    operands[2] = Region { written: true, ..operands[input] };
                }
                (operands, extent)
            },
        )
    }

    /// Which words of a binding an operand's word `at` is, or which elements, as shaders compute it.
    fn words_of(segment: &Segment, operand: usize, at: u64) -> Vec<u64> {
        let (row, gap) = (u64::from(segment.row_words), u64::from(segment.gaps[operand]));
        let element = |element| element + (u64::from(segment.row_first) + element) / row * gap;
        match segment.layout.pitch(operand) {
            Pitch::OddRows if segment.width == Width::Single => vec![element(at)],
            Pitch::OddRows => vec![element(2 * at), element(2 * at + 1)],
            Pitch::OddPairs(_) if segment.width == Width::Single => vec![2 * at, 2 * at + 1],
            Pitch::OddPairs(_) => (4 * at..4 * at + 4).collect(),
            Pitch::Contiguous => vec![at],
            Pitch::Rows => vec![at + at / row * gap],
            Pitch::Pairs(_) | Pitch::Floats if segment.width == Width::Single => vec![at],
            Pitch::Pairs(_) | Pitch::Floats => vec![2 * at, 2 * at + 1],
        }
    }

    /// Where an element of an operand lies.
    fn place_of(operand: &Region, element: u64, extent: Extent) -> u64 {
        let bytes = element * extent.storage.bytes();
        operand.byte_offset
            + match operand.pitch {
                Pitch::Contiguous => bytes,
                Pitch::Rows | Pitch::OddRows => bytes + element / extent.row * operand.gap,
                Pitch::Pairs(_) | Pitch::OddPairs(_) | Pitch::Floats => 2 * bytes,
            }
    }

    proptest! {
        #[test]
        fn segments_cover_every_element_once_within_the_limits((operands, extent) in operands(), limits in limits()) {
            let segments = segments(&operands, extent, &limits).unwrap();
            let mut done = 0;
            for segment in &segments {
                let per_word = extent.storage.per_word(segment.width);
                let together = per_word.min(TOGETHER);
                prop_assert!(extent.drawn_from.is_none() || segment.first.is_multiple_of(together));
                for (index, operand) in operands.iter().enumerate() {
                    let pitch = segment.layout.pitch(index);
                    let odd = pitch.is_odd();
                    prop_assert!(!(odd && segment.width == Width::Wide));
                    let word = if odd { 2 } else { Storage::word_bytes(segment.width) };
                    let binding = segment.bindings[segment.layout.slot(index)];
                    prop_assert_eq!(binding.buffer, operand.buffer);
                    for at in 0..u64::from(segment.words) {
                        let words = words_of(segment, index, at);
                        for (which, place) in (0..).zip(words) {
                            let begin = (place + u64::from(segment.offsets[index])) * word;
                            let element = done + at * per_word;
                            let expected = if pitch == Pitch::OddRows {
                                place_of(operand, element + which, extent)
                            } else {
                                place_of(operand, element, extent) + which * word
                            };
                            prop_assert_eq!(binding.byte_offset + begin, expected, "no gap, no overlap");
                            prop_assert!(begin + word <= binding.byte_size, "the binding covers it");
                        }
                    }
                }
                check_bindings(segment, &operands, &limits)?;
                done += u64::from(segment.words) * per_word;
            }
            prop_assert_eq!(done, extent.elements);
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

    fn check_bindings(segment: &Segment, operands: &[Region], limits: &Limits) -> Result<(), TestCaseError> {
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
            max_storage_buffers_per_shader_stage: u32::MAX,
            ..Limits::default()
        };
        let pitch = Pitch::Contiguous;
        let at = |buffer, byte_offset| Region { buffer, byte_offset, written: buffer == 1, pitch, gap: 0 };
        let widths_in = |storage, x, y, elements| -> Vec<(Width, u32)> {
            let extent = Extent::new(elements, storage);
            let segments = segments(&[at(0, x), at(1, y)], extent, &limits).unwrap();
            segments.iter().map(|segment| (segment.width, segment.words)).collect()
        };
        let widths = |x, y, elements| widths_in(Storage::F32, x, y, elements);
        assert_eq!(widths(0, 512, 1024), [(Width::Wide, 256)]);
        assert_eq!(widths(4, 20, 1025), [(Width::Narrow, 3), (Width::Wide, 255), (Width::Narrow, 2)]);
        assert_eq!(widths(4, 8, 1024), [(Width::Narrow, 1024)]);
        assert_eq!(widths(8, 8, 1), [(Width::Narrow, 1)]);
        assert_eq!(widths(0, 0, 0), []);
        // 2^26 elements: more than one binding of 128 MiB may hold.
        assert_eq!(widths(0, 0, 1 << 26).len(), 2);
        assert_eq!(widths_in(Storage::F16, 0, 512, 1024), [(Width::Wide, 128)]);
        assert_eq!(
            widths_in(Storage::Bf16, 12, 28, 1025),
            [(Width::Narrow, 1), (Width::Wide, 127), (Width::Narrow, 3), (Width::Single, 1)]
        );
        assert_eq!(widths_in(Storage::F16, 4, 8, 5), [(Width::Narrow, 2), (Width::Single, 1)]);
        assert_eq!(widths_in(Storage::F16, 4, 4, 1), [(Width::Single, 1)]);
    }
}
