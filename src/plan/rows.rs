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
    /// Words of a column that an invocation takes at most.
    pub(crate) rows_per_lane: u64,
}

impl Shape {
    fn new(columns: u64, rows: u64, run: u64, division: Division) -> Self {
        let workgroup = u64::from(Shell::WORKGROUP);
        let most = if run > 1 { workgroup / run.min(division.neighbours()) } else { workgroup };
        let least = division.row_lanes().max(division.lanes_for(rows));
        let enough = (division.enough() / columns.max(1)).clamp(least.min(most), most);
        let lanes = (rows / WORDS_PER_LANE).clamp(1, enough);
        let group_columns = columns.clamp(1, workgroup >> lanes.ilog2());
        let rows_per_lane = rows.div_ceil(workgroup / group_columns);
        Self { columns, rows, run, group_columns, rows_per_lane }
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
        && neighbours.is_multiple_of(extent.storage.per_word(Width::Wide))
        && (within(axis) || division.gets_through(axis.size()));
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
    let shaped = |segment: Segment| {
        let columns = u64::from(segment.words) / rows;
        Rows { segment, shape: Shape::new(columns, rows, run, division) }
    };
    Ok(segments.into_iter().map(shaped).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 4096 rows of 1024, 32 of 151936, and 64 of 1000 by 49, whose words are one element each.
    #[test]
    fn few_invocations_of_a_cpu_share_a_column() {
        let shape = |division, columns, rows, run| {
            let shape = Shape::new(columns, rows, run, division);
            (shape.group_columns, shape.rows_per_lane)
        };
        let (cpu, gpu) = (Division::CPU, Division::GPU);
        assert_eq!(shape(cpu, 4096, 256, 1), (64, 256));
        assert_eq!(shape(gpu, 4096, 256, 1), (4, 16));
        assert_eq!(shape(cpu, 32, 37_984, 1), (1, 594));
        assert_eq!(shape(gpu, 32, 37_984, 1), (1, 594));
        assert_eq!(shape(cpu, 64 * 49, 1000, 49), (64, 1000));
        assert_eq!(shape(gpu, 64 * 49, 1000, 49), (16, 250));
        assert_eq!(shape(cpu, 3, 1, 1), (3, 1));
    }

    proptest! {
        #[test]
        fn invocations_take_every_row(columns in 1_u64..1 << 20, rows in 1_u64..1 << 20, run in 1_u64..1 << 10) {
            for division in [Division::CPU, Division::GPU] {
                let shape = Shape::new(columns, rows, run, division);
                let workgroup = u64::from(Shell::WORKGROUP);
                prop_assert!((1..=workgroup).contains(&shape.group_columns));
                prop_assert!(shape.rows_per_lane * (workgroup / shape.group_columns) >= rows);
            }
        }
    }
}
