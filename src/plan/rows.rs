//! Functions of rows: how words become columns, and columns workgroups. See `shells/rows.wgsl`.

use crate::error::Error;
use crate::operand::Pitch;
use crate::operation::{Axis, RowElement};
use crate::plan::bound::RowWords;
use crate::plan::limits::Limits;
use crate::plan::segments::{self, Extent, Region, Segment};
use crate::shader::{Division, Shell};
use crate::storage::Width;

/// Words of a column that an invocation takes at least, where there are enough.
const WORDS_PER_LANE: u64 = 4;

/// Invocations that keep a device busy: with fewer columns than that, more share one. Each sums a part, and parts are added as a tree, whose
/// barriers cost a CPU more than its sums: 4096 rows of 1024 took llvmpipe twice as long with 64 invocations to a row as with 16.
const ENOUGH: u64 = 1 << 16;

/// Invocations that share a column at least, where it has enough words: their loads of wide words fill a line of memory.
const LANES: u64 = 8;

/// Words that an invocation holds of the shortest columns.
const FEW: u64 = 4;

/// One dispatch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows {
    pub(crate) segment: Segment,
    pub(crate) shape: Shape,
}

/// A tensor (columns / run, rows, run) of words, and how workgroups take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) columns: u64,
    pub(crate) rows: u64,
    pub(crate) run: u64,
    pub(crate) group_columns: u64,
    /// Words that an invocation holds at most; 0 where it reads them each time.
    pub(crate) held: u64,
}

impl Shape {
    /// `room` is how many words an invocation may hold.
    fn new(columns: u64, rows: u64, run: u64, room: u64, division: Division) -> Self {
        let workgroup = u64::from(Shell::WORKGROUP);
        let most = if run > 1 { workgroup / run.min(division.neighbours()) } else { workgroup };
        let enough = (ENOUGH / columns.max(1)).clamp(LANES.min(most), most);
        let lanes = (rows / WORDS_PER_LANE).clamp(1, enough);
        // More, where they can hold the column then.
        let holding = rows.div_ceil(room.max(1)).next_power_of_two();
        let lanes = if room > 0 && holding <= most { lanes.max(holding) } else { lanes };
        let group_columns = columns.clamp(1, workgroup >> lanes.ilog2());
        let words = rows.div_ceil(workgroup / group_columns);
        // Kernels are few, and compile in time: where all had room for the most, llvmpipe took twice as long over softmax's tests.
        let held = if words <= room { words.next_power_of_two().max(FEW.min(room)) } else { 0 };
        Self { columns, rows, run, group_columns, held }
    }

    pub(crate) fn groups(&self) -> u64 {
        self.columns.div_ceil(self.group_columns)
    }
}

/// Whether the elements of a word are of one row.
pub(crate) const fn within(axis: Axis) -> bool {
    axis.inner() == 1
}

/// Whole rows, as many to a dispatch as bindings hold. Operands have some elements, a multiple of the axis's period. `beside` is what more
/// there are, with words for rows.
pub(crate) fn rows(
    operands: &[Region],
    extent: Extent,
    axis: Axis,
    beside: impl ExactSizeIterator<Item = RowWords>,
    division: Division,
    limits: &Limits,
) -> Result<Vec<Rows>, Error> {
    let neighbours = if within(axis) { axis.size() } else { axis.inner() };
    let wide = operands.iter().all(Region::is_aligned)
        && neighbours.is_multiple_of(extent.storage.per_word(Width::Wide));
    let odd =
        !extent.storage.fills_words(neighbours) || operands.iter().any(|operand| operand.pitch.is_odd());
    let width = match (wide, odd) {
        (true, _) => Width::Wide,
        (_, false) => Width::Narrow,
        // Some begin within words: elements are taken one by one.
        (_, true) => Width::Single,
    };
    let per_word = extent.storage.per_word(width);
    let pitch = if odd { Pitch::OddRows } else { Pitch::Contiguous };
    let operands: Vec<Region> = operands.iter().map(|region| Region { pitch, ..*region }).collect();
    let periods = Extent { row: axis.period(), ..extent };
    let mut limits = limits.reserving(beside.len());
    // A row's words beside it may be more than the row, and their binding may begin some bytes before.
    let words =
        beside.map(|words| if let RowWords::Each(words) = words { words } else { 0 }).max().unwrap_or(0);
    let (row, beside) = (axis.size().saturating_mul(extent.storage.bytes()), 2 * RowElement::BYTES * words);
    if beside > row {
        limits.max_storage_buffer_binding_size /= beside.div_ceil(row.max(1));
    }
    let segments = segments::granules(&operands, periods, width, &limits).ok_or_else(|| {
        let (what, limit) = ("the rows of one outer index", "max_storage_buffer_binding_size");
        let wanted = axis.period().saturating_mul(extent.storage.bytes());
        Error::LimitExceeded { what, limit, wanted, allowed: limits.max_storage_buffer_binding_size }
    })?;
    let (rows, run) =
        if within(axis) { (axis.size() / per_word, 1) } else { (axis.size(), axis.inner() / per_word) };
    let room = division.held_words(per_word);
    let shaped = |segment: Segment| {
        let columns = u64::from(segment.words) / rows;
        Rows { segment, shape: Shape::new(columns, rows, run, room, division) }
    };
    Ok(segments.into_iter().map(shaped).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(division: Division, columns: u64, rows: u64, run: u64, per_word: u64) -> Shape {
        Shape::new(columns, rows, run, division.held_words(per_word), division)
    }

    fn words(shape: &Shape) -> u64 {
        shape.rows.div_ceil(u64::from(Shell::WORKGROUP) / shape.group_columns)
    }

    /// 4096 rows of 1024, 32 of 151936, and 64 of 1000 by 49, whose words are one element each.
    #[test]
    fn a_cpu_holds_rows_that_are_short_enough() {
        let on_cpu = |columns, rows, run, per_word| {
            let shape = shape(Division::CPU, columns, rows, run, per_word);
            (words(&shape), shape.held)
        };
        assert_eq!(on_cpu(4096, 256, 1, 4), (16, 16));
        assert_eq!(on_cpu(32, 37_984, 1, 4), (594, 0));
        assert_eq!(on_cpu(64 * 49, 1000, 49, 1), (63, 64));
        assert_eq!(on_cpu(1000, 10, 1, 1), (5, 8));
        assert_eq!(on_cpu(1000, 4, 1, 4), (4, 4));
        assert_eq!(on_cpu(1000, 1, 1, 4), (1, 4));
        assert_eq!(shape(Division::GPU, 4096, 256, 1, 4).held, 0);
    }

    proptest! {
        #[test]
        fn what_is_held_has_room(columns in 1_u64..1 << 20, rows in 1_u64..1 << 20, run in 1_u64..1 << 10, wide in 0_u32..4) {
            let per_word = 1 << wide;
            for division in [Division::CPU, Division::GPU] {
                let shape = shape(division, columns, rows, run, per_word);
                prop_assert!(shape.held <= division.held_words(per_word));
                prop_assert!(shape.held == 0 || words(&shape) <= shape.held);
                prop_assert!((1..=u64::from(Shell::WORKGROUP)).contains(&shape.group_columns));
            }
        }
    }
}
