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
    /// Words that an invocation holds at most, or 0.
    pub(crate) held: u64,
}

impl Shape {
    /// `room` is for how many words an invocation has any.
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
        // Powers of two, so that kernels are few.
        let held = if words <= room { words.next_power_of_two() } else { 0 };
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
