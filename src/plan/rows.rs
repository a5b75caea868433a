//! Functions of rows: how words become columns, and columns workgroups. See `shells/rows.wgsl`.

use crate::error::Error;
use crate::operand::Pitch;
use crate::operation::{Axis, RowElement};
use crate::plan::bound::RowWords;
use crate::plan::limits::Limits;
use crate::plan::segments::{self, Extent, Region, Segment};
use crate::shader::{Division, RowWord, Shell};
use crate::storage::Width;

/// Words of a column that an invocation takes at least, where there are enough.
const WORDS_PER_LANE: u64 = 4;

/// One dispatch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows {
    pub(crate) segment: Segment,
    pub(crate) shell: Shell,
    pub(crate) shape: Shape,
}

/// A tensor (columns / run, rows, run) of words, and how workgroups take it: `columns` and `rows` are those of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) columns: u64,
    pub(crate) rows: u64,
    pub(crate) run: u64,
    pub(crate) group_columns: u64,
    /// Words of a column that an invocation takes at most.
    pub(crate) rows_per_lane: u64,
    /// Whether it holds them, and reads them but once.
    pub(crate) holds: bool,
}

impl Shape {
    fn new(columns: u64, words: Words, workgroup: u32, reads_again: bool, division: Division) -> Self {
        let Words { word, rows, run } = words;
        let workgroup = u64::from(workgroup);
        // Columns whose sums are added to each other's.
        let together = if word.shares() > 1 { run } else { 1 };
        let most = if run > 1 { workgroup / run.min(division.neighbours()).max(together) } else { workgroup };
        let to_hold = if reads_again && word.is_within() { division.lanes_to_hold(rows) } else { None };
        let least = division.row_lanes().max(division.lanes_for(rows)).max(to_hold.unwrap_or(1));
        let enough = (division.enough() / columns.max(1)).clamp(least.min(most), most);
        let lanes = (rows / WORDS_PER_LANE).clamp(1, enough);
        let group_columns = columns.clamp(1, (workgroup >> lanes.ilog2()) / together * together);
        let rows_per_lane = rows.div_ceil(workgroup / group_columns);
        Self { columns, rows, run, group_columns, rows_per_lane, holds: to_hold.is_some() }
    }

    pub(crate) fn groups(&self) -> u64 {
        self.columns.div_ceil(self.group_columns)
    }
}

/// How the words of a tensor lie: `rows` of them are a column of words, `run` apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Words {
    word: RowWord,
    rows: u64,
    run: u64,
}

impl Words {
    /// Words of one element.
    const fn single(axis: Axis) -> Self {
        let word = if axis.inner() == 1 { RowWord::Within } else { RowWord::Across { shares: 1 } };
        Self { word, rows: axis.size(), run: axis.inner() }
    }

    /// Words of so many elements, a power of two, if they are whole along this axis.
    fn new(axis: Axis, per_word: u64, division: Division) -> Option<Self> {
        let Self { word, rows, run } = Self::single(axis);
        if word.is_within() {
            return rows.is_multiple_of(per_word).then_some(Self { word, rows: rows / per_word, run });
        }
        // A period of `run` words is so many rows of elements.
        let shares = per_word / per_word.min(1 << run.trailing_zeros().min(63));
        let words = Self {
            word: RowWord::Across { shares: u32::try_from(shares).ok()? },
            rows: rows / shares,
            run: run * shares / per_word,
        };
        (shares == 1 || rows.is_multiple_of(shares) && words.has_room_for_shares(division)).then_some(words)
    }

    /// How many invocations a workgroup has of so many columns. Not more where each element of a word has sums of its own: workgroup memory
    /// has no room for those.
    fn workgroup(self, columns: u64, division: Division, limits: &Limits) -> u32 {
        let long = division.long_workgroup();
        let allowed = limits.max_compute_workgroup_size_x.min(limits.max_compute_invocations_per_workgroup);
        let lanes = (division.enough() / columns.max(1)).min(self.rows / WORDS_PER_LANE);
        let takes_more = self.word.is_within() && lanes >= long.into() && long <= allowed;
        if takes_more { long } else { Shell::WORKGROUP }
    }

    /// Whether a workgroup takes all words of a period, with enough invocations to each.
    fn has_room_for_shares(self, division: Division) -> bool {
        self.run.saturating_mul(division.lanes_for(self.rows)) <= Shell::WORKGROUP.into()
    }
}

/// Whole rows, as many to a dispatch as bindings hold. Operands have some elements, a multiple of the axis's period. `beside` is what more
/// there are, with words for rows. Rows whose words are read again may be held instead.
pub(crate) fn rows(
    operands: &[Region],
    extent: Extent,
    axis: Axis,
    beside: impl ExactSizeIterator<Item = RowWords>,
    reads_again: bool,
    division: Division,
    limits: &Limits,
) -> Result<Vec<Rows>, Error> {
    let words_of = |width| Words::new(axis, extent.storage.per_word(width), division);
    let wide = words_of(Width::Wide)
        .filter(|words| words.word.is_within() || division.gets_through(words.rows))
        .filter(|_| operands.iter().all(Region::is_aligned))
        .map(|words| (Width::Wide, words));
    let begin_within = operands.iter().any(|operand| operand.pitch.is_odd());
    let narrow = || words_of(Width::Narrow).filter(|_| !begin_within).map(|words| (Width::Narrow, words));
    // Else some rows begin within words: elements are taken one by one.
    let (width, words) = wide.or_else(narrow).unwrap_or((Width::Single, Words::single(axis)));
    let pitch = if width == Width::Single { Pitch::OddRows } else { Pitch::Contiguous };
    let operands: Vec<Region> = operands.iter().map(|region| Region { pitch, ..*region }).collect();
    let periods = Extent { row: axis.period(), ..extent };
    let mut limits = limits.reserving(beside.len());
    // A row's words beside it may be more than the row, and their binding may begin some bytes before.
    let most =
        beside.map(|words| if let RowWords::Each(words) = words { words } else { 0 }).max().unwrap_or(0);
    let (row, beside) = (axis.size().saturating_mul(extent.storage.bytes()), 2 * RowElement::BYTES * most);
    if beside > row {
        limits.max_storage_buffer_binding_size /= beside.div_ceil(row.max(1));
    }
    let segments = segments::granules(&operands, periods, width, &limits).ok_or_else(|| {
        let (what, limit) = ("the rows of one outer index", "max_storage_buffer_binding_size");
        let wanted = axis.period().saturating_mul(extent.storage.bytes());
        Error::LimitExceeded { what, limit, wanted, allowed: limits.max_storage_buffer_binding_size }
    })?;
    let shaped = |segment: Segment| {
        let columns = u64::from(segment.words) / words.rows;
        let workgroup = words.workgroup(columns, division, &limits);
        let shape = Shape::new(columns, words, workgroup, reads_again, division);
        let held = if shape.holds { segments::word_count(shape.rows_per_lane) } else { 0 };
        let shell = Shell::Rows { word: words.word, workgroup, held };
        Rows { segment, shell, shape }
    };
    Ok(segments.into_iter().map(shaped).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    /// 4096 rows of 1024, 32 of 151936, and 64 of 1000 by 49, whose words are one element each.
    #[test]
    fn few_invocations_of_a_cpu_share_a_column() {
        let shape = |division, outer, axis: Axis, per_word| {
            let words = Words::new(axis, per_word, division).unwrap();
            let columns = outer * words.run;
            let workgroup = words.workgroup(columns, division, &Limits::default());
            let shape = Shape::new(columns, words, workgroup, false, division);
            (shape.group_columns, shape.rows_per_lane)
        };
        let (cpu, gpu) = (Division::CPU, Division::GPU);
        assert_eq!(shape(cpu, 4096, Axis::last(1024), 4), (64, 256));
        assert_eq!(shape(gpu, 4096, Axis::last(1024), 4), (4, 16));
        assert_eq!(shape(cpu, 32, Axis::last(151_936), 4), (1, 594));
        // By 256 of a GPU's.
        assert_eq!(shape(gpu, 32, Axis::last(151_936), 4), (1, 149));
        assert_eq!(shape(cpu, 64, Axis::new(1000, 49), 1), (64, 1000));
        assert_eq!(shape(gpu, 64, Axis::new(1000, 49), 1), (16, 250));
        for division in [cpu, gpu] {
            assert_eq!(shape(division, 64, Axis::new(1000, 49), 4), (49, 250));
        }
        assert_eq!(shape(gpu, 64, Axis::new(1000, 14), 4), (7, 56));
        assert_eq!(shape(cpu, 3, Axis::last(1), 1), (3, 1));
    }

    #[test]
    fn a_cpu_holds_words_that_are_read_again() {
        let shape = |columns, size, reads_again, division| {
            let words = Words::new(Axis::last(size), 4, division).unwrap();
            let shape = Shape::new(columns, words, Shell::WORKGROUP, reads_again, division);
            (shape.group_columns, shape.rows_per_lane, shape.holds)
        };
        assert_eq!(shape(4096, 1024, true, Division::CPU), (4, 16, true));
        assert_eq!(shape(4096, 1024, false, Division::CPU), (64, 256, false));
        assert_eq!(shape(4096, 1024, true, Division::GPU), (4, 16, false));
        assert_eq!(shape(4096, 1000, true, Division::CPU), (4, 16, true));
        assert_eq!(shape(4096, 768, true, Division::CPU), (4, 12, true));
        assert_eq!(shape(4096, 4096, true, Division::CPU), (1, 16, true));
        assert_eq!(shape(4096, 4100, true, Division::CPU), (32, 513, false));
        assert_eq!(shape(4096, 252, true, Division::CPU), (64, 63, false));
        assert_eq!(shape(3, 1024, true, Division::CPU), (1, 4, true), "few rows are shared by more");
    }

    /// By fours, by eights: an inner size that is no multiple of a word's elements.
    #[test]
    fn words_of_several_rows_come_again_after_a_period() {
        let words = |size, inner, per_word| {
            Words::new(Axis::new(size, inner), per_word, Division::GPU)
                .map(|Words { word, rows, run }| (word.shares(), rows, run))
        };
        assert_eq!(words(1000, 49, 4), Some((4, 250, 49)));
        assert_eq!(words(1000, 98, 4), Some((2, 500, 49)));
        assert_eq!(words(1000, 100, 4), Some((1, 1000, 25)));
        assert_eq!(words(1000, 49, 8), Some((8, 125, 49)));
        assert_eq!(words(1000, 49, 1), Some((1, 1000, 49)));
        assert_eq!(words(1001, 49, 4), None, "a period ends within a row");
        assert_eq!(words(1000, 65, 4), None, "a workgroup has less invocations than a period has words");
        // A CPU's invocations take few words of a long column.
        assert_eq!(Words::new(Axis::new(1 << 20, 49), 4, Division::CPU), None);
        assert_eq!(Words::new(Axis::last(1002), 4, Division::CPU), None);
    }

    proptest! {
        #[test]
        fn invocations_take_every_row(
            outer in 1_u64..1 << 10,
            (size, inner) in (1_u64..1 << 20, 1_u64..1 << 8),
            per_word in prop::sample::select(vec![1_u64, 2, 4, 8]),
            division in prop::sample::select(vec![Division::CPU, Division::GPU]),
            reads_again: bool,
        ) {
            let Some(words) = Words::new(Axis::new(size, inner), per_word, division) else { return Ok(()) };
            prop_assert_eq!(words.rows * words.run * per_word, size * inner);
            let columns = outer * words.run;
            let workgroup = words.workgroup(columns, division, &Limits::default());
            let shape = Shape::new(columns, words, workgroup, reads_again, division);
            prop_assert!(!shape.holds || shape.rows_per_lane <= 16);
            let workgroup = u64::from(workgroup);
            prop_assert!((1..=workgroup).contains(&shape.group_columns));
            prop_assert!(shape.rows_per_lane * (workgroup / shape.group_columns) >= shape.rows);
            prop_assert!(words.word.shares() == 1 || shape.group_columns.is_multiple_of(words.run));
        }
    }
}
