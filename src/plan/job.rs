//! What one dispatch is told.

use bytemuck::{Pod, Zeroable};

use crate::formula::{MAX_OPERANDS, MAX_VALUES, MAX_VIEWS};
use crate::operand::{Channels, Strided};
use crate::operation::Causal;
use crate::plan::rows;
use crate::plan::sums::Shape;
use crate::plan::word_count;

/// A number, or an array of them, in the uniform of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// As the shader calls it.
    pub name: &'static str,
    /// Its type in WGSL.
    pub wgsl: &'static str,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// Its size, in bytes.
    pub bytes: usize,
}

macro_rules! job {
    ($($visibility:vis $name:ident: $type:ty, $wgsl:literal;)*) => {
        /// The uniform of one dispatch: `shaders/shells/job.wgsl`.
        #[repr(C)]
        #[derive(Debug, Clone, Copy, Pod, Zeroable)]
        pub(crate) struct Job {
            $($visibility $name: $type,)*
        }

        /// What the uniform of every dispatch holds, binding 0 of group 0: numbers are little-endian, as a GPU has them.
        pub const UNIFORM: &[Field] = &[
            $(Field {
                name: stringify!($name),
                wgsl: $wgsl,
                offset: std::mem::offset_of!(Job, $name),
                bytes: size_of::<$type>(),
            },)*
        ];
    };
}

job! {
    pub(crate) words: u32, "u32";
    pub(crate) groups_per_row: u32, "u32";
    pub(crate) row_words: u32, "u32";
    stride: u32, "u32";
    pub(crate) columns: u32, "u32";
    run: u32, "u32";
    rows: u32, "u32";
    group_columns: u32, "u32";
    rows_per_lane: u32, "u32";
    first_column: u32, "u32";
    seed: [u32; 2], "vec2<u32>";
    first: [u32; 2], "vec2<u32>";
    zero: u32, "u32";
    ignored: u32, "u32";
    causal: [u32; 3], "vec3<u32>";
    pub(crate) row_first: u32, "u32";
    bias: [u32; 4], "vec4<u32>";
    views: [[u32; 4]; MAX_VIEWS], "array<vec4<u32>, 4>";
    pub(crate) offsets: [u32; MAX_OPERANDS], "array<vec4<u32>, 4>";
    pub(crate) gaps: [u32; MAX_OPERANDS], "array<vec4<u32>, 4>";
    arguments: [f32; MAX_VALUES], "array<vec4<f32>, 8>";
}

impl Job {
    pub(crate) const BYTES: u64 = size_of::<Self>() as u64;

    /// As the uniform holds it.
    pub(crate) fn bytes(&self) -> &[u8] {
        bytemuck::bytes_of(self)
    }

    /// A matrix that is summed, and where its sums go.
    pub(crate) fn of_sum(shape: &Shape, stride: u64, first_column: u64) -> Self {
        Self {
            columns: word_count(shape.columns),
            run: word_count(shape.run),
            rows: word_count(shape.rows),
            group_columns: word_count(shape.group_columns),
            rows_per_lane: word_count(shape.rows_per_lane),
            stride: word_count(stride),
            first_column: word_count(first_column),
            ..Self::zeroed()
        }
    }

    /// Rows, as workgroups take them, and the label of those that do not count.
    pub(crate) fn of_rows(shape: &rows::Shape, ignored: u32) -> Self {
        Self {
            ignored,
            columns: word_count(shape.columns),
            run: word_count(shape.run),
            rows: word_count(shape.rows),
            group_columns: word_count(shape.group_columns),
            rows_per_lane: word_count(shape.rows_per_lane),
            ..Self::zeroed()
        }
    }

    /// How many rows there are to a round, of which the first is number `first`, and how many elements that one has.
    pub(crate) fn set_causal(&mut self, causal: Causal, first: u64) {
        let begin = word_count(first % u64::from(causal.queries));
        self.causal = [causal.queries, begin, causal.offset];
    }

    /// Which value of a bias is added to which element, of rows from number `first` on.
    pub(crate) fn set_bias(&mut self, strided: &Strided, first: u64) {
        let [outer, run, along] = strided.strides.map(word_count);
        self.bias = [outer, run, along, 0];
        self.set_view(0, strided.outer, first, 1);
        self.set_view(1, strided.run, first, 1);
    }

    /// Which rows share a sink, from number `first` on.
    pub(crate) fn set_sinks(&mut self, channels: Channels, first: u64) {
        self.set_view(2, channels, first, 1);
    }

    /// Parameters, and what is derived from them.
    pub(crate) fn set_arguments(&mut self, arguments: &[f32]) {
        for (place, value) in self.arguments.iter_mut().zip(arguments) {
            *place = *value;
        }
    }

    /// The channels of a segment in one way to see the tensor, counted from its first element, in elements or in words of so many.
    pub(crate) fn set_view(&mut self, view: usize, channels: Channels, first: u64, per_unit: u64) {
        let (count, inner) = (channels.count(), channels.inner());
        self.views[view] =
            [first / inner.max(1) % count.max(1), first % inner.max(1) / per_unit, inner / per_unit, count]
                .map(word_count);
    }

    /// What is drawn for the elements from number `first` on.
    pub(crate) fn set_draws(&mut self, seed: u64, first: u64) {
        self.seed = words_of(seed);
        self.first = words_of(first);
    }
}

/// Low word first.
fn words_of(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::operand::{Grain, Views};

    /// The channels of a word's elements, as a composed shader finds them.
    fn channels_of_word(
        views: &[[u32; 4]; MAX_VIEWS],
        view: usize,
        grain: Grain,
        at: u32,
        elements: u32,
    ) -> Vec<u32> {
        let [x, y, z, w] = views[view];
        let first = at * elements;
        let all = |channel: u32| vec![channel; elements as usize];
        match grain {
            Grain::All => all(0),
            Grain::Word => all((x + (y + at) / z) % w),
            Grain::Row { columns } => all(x + (views[columns][0] + first) / views[columns][3]),
            Grain::Neighbours => (0..elements).map(|element| (x + first) % w + element).collect(),
            Grain::Element => {
                let (mut left, mut channel) = (z - (y + first) % z + 1, (x + (y + first) / z) % w);
                let next = |_| {
                    left -= 1;
                    if left == 0 {
                        left = z;
                        channel = if channel + 1 == w { 0 } else { channel + 1 };
                    }
                    channel
                };
                (0..elements).map(next).collect()
            }
        }
    }

    /// What a segment of these elements finds in each of two ways to see the tensor, and what grain that had.
    fn assert_channels(
        views: [Channels; 2],
        elements: Range<u64>,
        per_word: u64,
        words: &[u64],
    ) -> Views<Grain> {
        let grains = Views::new(views).grains(elements.clone(), per_word);
        let mut job = Job::zeroed();
        for (view, channels) in views.into_iter().enumerate() {
            job.set_view(view, channels, elements.start, channels.unit(elements.start, per_word));
        }
        for (view, (channels, grain)) in views.into_iter().zip(grains.iter()).enumerate() {
            for &at in words {
                let first = elements.start + at * per_word;
                let expected = (first..first + per_word)
                    .map(|element| word_count(element / channels.inner() % channels.count()));
                let found = channels_of_word(&job.views, view, grain, word_count(at), word_count(per_word));
                assert_eq!(
                    found,
                    expected.collect::<Vec<u32>>(),
                    "{views:?} {grains:?} {elements:?} word {at}"
                );
            }
        }
        grains
    }

    /// Small numbers, and those near the largest that a shader counts to.
    fn sizes() -> impl Strategy<Value = u64> {
        prop_oneof![1_u64..40, (1_u64..40).prop_map(|number| 8 * number), (1_u64 << 31) - 40..=1 << 31]
    }

    proptest! {
        #[test]
        fn every_grain_finds_each_elements_channel(
            (count, inner, width) in (sizes(), sizes(), sizes()),
            first in prop_oneof![0_u64..200, 0..1_u64 << 40],
            per_word in prop::sample::select(vec![1_u64, 2, 4, 8]),
            words in 1_u64..1 << 28,
        ) {
            // Rows and their columns, and something else.
            let (rows, columns) = (Channels::new(count, width), Channels::new(width, 1));
            let elements = first..first + per_word * words;
            let words = [0, 1, 2, words / 2, words - 1].map(|at| at.min(words - 1));
            assert_channels([rows, columns], elements.clone(), per_word, &words);
            assert_channels([columns, rows], elements.clone(), per_word, &words);
            assert_channels([Channels::new(count, inner), columns], elements, per_word, &words);
        }
    }

    #[test]
    fn rows_are_found_by_the_division_of_their_columns_where_none_comes_again() {
        let (rows, columns) = (Channels::new(7, 16), Channels::new(16, 1));
        let row_of = |elements: Range<u64>| {
            let words = [0, (elements.end - elements.start) / 4 - 1];
            assert_channels([rows, columns], elements, 4, &words).get(0).unwrap()
        };
        assert_eq!(row_of(0..7 * 16), Grain::Row { columns: 1 });
        assert_eq!(row_of(7 * 16 + 8..2 * 7 * 16), Grain::Row { columns: 1 });
        assert_eq!(row_of(8..7 * 16 + 8), Grain::Word);
        assert_eq!(row_of(0..2 * 7 * 16), Grain::Word);
        // Of other columns.
        let others = assert_channels([rows, Channels::new(8, 1)], 0..112, 4, &[0, 27]);
        assert_eq!(others.get(0), Some(Grain::Word));
    }

    #[test]
    fn the_uniform_is_the_shaders() {
        let text = include_str!("../../shaders/shells/job.wgsl");
        let members = text.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": "));
        let members = members.filter(|(name, _)| !name.starts_with("//"));
        let members: Vec<_> = members.collect();
        assert_eq!(members.len(), UNIFORM.len());
        for ((name, rest), field) in members.into_iter().zip(UNIFORM) {
            assert_eq!(name, field.name);
            assert!(rest.starts_with(&format!("{},", field.wgsl)), "{name}: {rest}");
        }
    }
}
