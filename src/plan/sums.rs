//! Gradients of parameters: sums over everything that shares one, in two levels of dispatches.
//!
//! The first level leaves partial sums in scratch, the second adds those. Which terms meet in which order depends on the length, the
//! channels and the alignment alone. Where runs of one channel are long, whole runs are summed; where they are short, words
//! keep the channels of their elements, and only the rows of one period of all channels under another are summed: every load is
//! wide, however odd the numbers.

use crate::error::Error;
use crate::operand::Channels;
use crate::plan::limits::Limits;
use crate::plan::segments::{self, Extent, Region, Segment};
use crate::shader::{Matrix, Shell};
use crate::storage::{Storage, Width};

/// Rows that an invocation adds before it hands its sum on: one partial sum for each 64 words, or, with all invocations
/// on one column, for each 4096.
const ROWS_PER_LANE: u64 = 64;

/// How many words a run must have to be summed by itself.
const LONG_RUN: u64 = 16;

/// The additions, each of half an ulp, that a term passes through at most, for so many terms of one parameter: an invocation's rows,
/// 64 at a time and those sums, its workgroup's tree, and the elements of a word; and the first two of these again for partial sums.
#[must_use]
fn additions(terms: u64) -> u64 {
    let (tree, word) = (7, 3);
    let partials = terms.div_ceil(ROWS_PER_LANE) + 3;
    let rows = partials.div_ceil(u64::from(Shell::WORKGROUP)).max(2 * ROWS_PER_LANE);
    (ROWS_PER_LANE + 1 + tree + word) + (ROWS_PER_LANE + rows.div_ceil(ROWS_PER_LANE) + tree) + 1
}

/// The relative error of a summed parameter gradient, in relation to the sum of the terms' magnitudes, where each parameter has so
/// many terms: 1e-5 for up to a million of them, 1.4e-5 for 20 million.
#[must_use]
pub fn parameter_gradient_error(terms: u64) -> f64 {
    additions(terms) as f64 * 2f64.powi(-24)
}

/// A dispatch of the first level: a matrix, whose rows are summed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tile {
    pub(crate) segment: Segment,
    pub(crate) shape: Shape,
    /// Where its first column is among the partial sums of a block.
    pub(crate) first_column: u64,
}

/// A matrix and how workgroups take it: see `shells/sum.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    pub(crate) matrix: Matrix,
    pub(crate) columns: u64,
    pub(crate) run: u64,
    pub(crate) rows: u64,
    pub(crate) group_columns: u64,
    pub(crate) rows_per_lane: u64,
}

impl Shape {
    /// Rows in runs, or of all columns side by side; few enough columns to a workgroup that each invocation finds some rows.
    fn new(matrix: Matrix, columns: u64, run: u64, rows: u64) -> Self {
        let workgroup = u64::from(Shell::WORKGROUP);
        let lanes = if matrix.runs || matrix.total {
            let lanes = (rows / 16).clamp(1, workgroup);
            1 << lanes.ilog2()
        } else {
            1
        };
        let group_columns = columns.clamp(1, workgroup / lanes);
        Self { matrix, columns, run, rows, group_columns, rows_per_lane: ROWS_PER_LANE }
    }

    /// All rows in one block.
    fn in_one_block(self) -> Self {
        Self { rows_per_lane: self.rows.div_ceil(self.row_lanes()).max(1), ..self }
    }

    fn row_lanes(&self) -> u64 {
        u64::from(Shell::WORKGROUP) / self.group_columns
    }

    pub(crate) fn blocks(&self) -> u64 {
        self.rows.div_ceil(self.rows_per_lane * self.row_lanes())
    }

    pub(crate) fn groups(&self) -> u64 {
        self.blocks() * self.columns.div_ceil(self.group_columns)
    }
}

/// The first level, and what its partial sums are: a tensor (blocks, channels, inner).
pub(crate) struct Sums {
    pub(crate) tiles: Vec<Tile>,
    /// Partial sums in a block.
    pub(crate) stride: u64,
    inner: u64,
}

impl Sums {
    /// At least one block: the sum of nothing is zero.
    pub(crate) fn partials(&self) -> u64 {
        let blocks: u64 = self.tiles.iter().map(|tile| tile.shape.blocks()).sum();
        blocks.max(1) * self.stride
    }

    /// The only dispatch of the first level, where its sums are those of the channels already: few terms for each, side by side.
    pub(crate) fn whole(&self, storage: Storage, channels: Channels) -> Option<&Tile> {
        let [tile @ Tile { segment, shape, first_column: 0 }] = &self.tiles[..] else { return None };
        let sums_in_column = if shape.matrix.total { 1 } else { storage.per_word(segment.width) };
        let all = (self.inner, self.stride) == (1, channels.count());
        (all && shape.blocks() == 1 && shape.columns * sums_in_column == self.stride).then_some(tile)
    }
}

/// The first level, for operands of so many elements.
pub(crate) fn first_level(
    operands: &[Region],
    extent: Extent,
    channels: Channels,
    limits: &Limits,
) -> Result<Sums, Error> {
    let sums = tiles(operands, extent, channels, limits)?;
    let (wanted, allowed) = (sums.partials() * Storage::F32.bytes(), limits.max_storage_buffer_binding_size);
    if wanted > allowed {
        let (what, limit) = ("scratch for partial sums", "max_storage_buffer_binding_size");
        return Err(Error::LimitExceeded { what, limit, wanted, allowed });
    }
    Ok(sums)
}

/// The second level: the partial sums, which lie in scratch, added in one block of rows.
pub(crate) fn second_level(sums: &Sums, scratch: &Region, channels: Channels, limits: &Limits) -> Vec<Tile> {
    let partials = sums.partials();
    let extent = Extent { row: partials, ..Extent::new(partials, Storage::F32) };
    let segments = segments::granules(&[*scratch], extent, Width::Narrow, limits);
    let matrix = Matrix { runs: sums.inner > 1, total: true };
    let count = channels.count();
    let shape = Shape::new(matrix, count, sums.inner, partials / count.max(1)).in_one_block();
    let tile = |segment| Tile { segment, shape, first_column: 0 };
    segments.into_iter().flatten().map(tile).collect()
}

fn tiles(operands: &[Region], extent: Extent, channels: Channels, limits: &Limits) -> Result<Sums, Error> {
    if extent.elements == 0 {
        // However long a period is, there is none of it.
        return Ok(Sums { tiles: Vec::new(), stride: channels.count(), inner: 1 });
    }
    if channels.count() <= 1 {
        let segments = segments::segments(operands, extent, limits)?;
        let tiles = segments.into_iter().map(|segment| one_column(segment, 0)).collect();
        return Ok(Sums { tiles, stride: channels.count(), inner: 1 });
    }
    let inner = channels.inner();
    let rows = operands.iter().any(|operand| operand.pitch.has_rows() || operand.pitch.is_odd());
    let whole = |width| inner.is_multiple_of(extent.storage.per_word(width));
    let aligned = operands.iter().all(Region::is_aligned);
    let wide = aligned && whole(Width::Wide) && inner / extent.storage.per_word(Width::Wide) >= LONG_RUN;
    let periods = extent.elements / channels.period().max(1);
    if wide && !rows {
        return runs(operands, extent, channels, Width::Wide, limits);
    }
    let columns = columns(operands, extent, channels, limits)?;
    let fits = columns.partials() * Storage::F32.bytes() <= limits.max_storage_buffer_binding_size;
    // Rows of a length of their own are no runs of a channel.
    if rows || (periods >= LONG_RUN && fits) || !whole(Width::Narrow) {
        Ok(columns)
    } else {
        runs(operands, extent, channels, Width::Narrow, limits)
    }
}

fn one_column(segment: Segment, first_column: u64) -> Tile {
    let matrix = Matrix { runs: false, total: true };
    let shape = Shape::new(matrix, 1, 1, segment.words.into());
    Tile { segment, shape, first_column }
}

/// Whole runs: a channel's runs, one after the other, are the rows of its column.
fn runs(
    operands: &[Region],
    extent: Extent,
    channels: Channels,
    width: Width,
    limits: &Limits,
) -> Result<Sums, Error> {
    let (count, inner) = (channels.count(), channels.inner());
    let run = inner / extent.storage.per_word(width);
    let matrix = Matrix { runs: true, total: true };
    let plan = |tiles| Ok(Sums { tiles, stride: count, inner: 1 });
    let periods = Extent { row: channels.period(), ..extent };
    if let Some(segments) = segments::granules(operands, periods, width, limits) {
        let tile = |segment: Segment| {
            let rows = u64::from(segment.words) / count;
            Tile { segment, shape: Shape::new(matrix, count, run, rows), first_column: 0 }
        };
        return plan(segments.into_iter().map(tile).collect());
    }
    // A period is more than a binding holds: some of its runs at once.
    let single = Extent { row: inner, ..extent };
    if let Some(segments) = segments::granules(operands, single, width, limits) {
        let tile = |segment: Segment| {
            let columns = u64::from(segment.words) / run;
            let first_column = segment.first / inner % count;
            Tile { segment, shape: Shape::new(matrix, columns, run, run), first_column }
        };
        return plan(segments.into_iter().map(tile).collect());
    }
    // A run is more than a binding holds.
    let mut tiles = Vec::new();
    for number in 0..extent.elements / inner {
        let segments = segments::one_row(operands, number * inner, single, limits)?;
        tiles.extend(segments.into_iter().map(|segment| one_column(segment, number % count)));
    }
    plan(tiles)
}

/// Element by element: the smallest number of periods that is whole words is a row. Few rows are better of narrow words, for
/// those need no more than two periods.
fn columns(operands: &[Region], extent: Extent, channels: Channels, limits: &Limits) -> Result<Sums, Error> {
    let row_of = |width| {
        let (period, lanes) = (channels.period(), extent.storage.per_word(width));
        let mut rows = (1..=lanes).map(|count| count * period);
        rows.find(|row| row.is_multiple_of(lanes)).unwrap_or(lanes * period)
    };
    let wide = extent.elements / row_of(Width::Wide).max(1) >= LONG_RUN;
    let row = row_of(if wide { Width::Wide } else { Width::Narrow });
    let row = row.min(extent.elements.max(channels.period()));
    let matrix = Matrix { runs: false, total: false };
    let tile = |segment: Segment| {
        let words = u64::from(segment.words);
        let columns = (row / extent.storage.per_word(segment.width)).clamp(1, words);
        let shape = Shape::new(matrix, columns, 1, words.div_ceil(columns));
        let first_column = segment.first % row;
        Tile { segment, shape, first_column }
    };
    let segments = segments::segments(operands, Extent { wide, ..extent }, limits)?;
    Ok(Sums { tiles: segments.into_iter().map(tile).collect(), stride: row, inner: channels.inner() })
}
