//! Plans: which words of which buffers go into which dispatch, and how sums are cut. Pure: numbers in, numbers out.

pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod sums;

pub(crate) use segments::{Binding, Extent, Limits, Region, Segment, grid, segments, word_count};
