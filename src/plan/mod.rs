//! Plans: which words of which buffers go into which dispatch, and how sums are cut. Pure: numbers in, numbers out.

pub(crate) mod bound;
mod dispatches;
mod job;
mod limits;
mod names;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod sums;

pub use crate::operand::{Memory, Operand, Parameters, Span};
pub(crate) use dispatches::{Dispatches, Holder, Planned, Resource, Scratch, dispatches};
pub(crate) use job::Job;
pub use limits::Limits;
pub(crate) use segments::{Binding, Extent, Region, Segment, grid, segments, word_count};
