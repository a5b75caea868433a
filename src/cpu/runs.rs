//! Neighbouring elements of one channel.

use std::ops::Range;

use crate::operand::Channels;

/// From so many neighbours on that share their parameters, it pays to call a loop for each such piece.
const WORTH_A_CALL: u64 = 16;

/// Whether the channel changes from an element to one of the next few.
pub(super) fn vary(channels: Channels) -> bool {
    channels.count() > 1 && channels.inner() < WORTH_A_CALL
}

/// Ranges of `elements` elements, of which the first has the number `first`, that are of one channel.
pub(super) fn pieces(channels: Channels, first: u64, elements: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == elements {
            return None;
        }
        let left = elements - at;
        let size = sharing(channels, first + at as u64).map_or(left, |size| left.min(size as usize));
        let range = at..at + size;
        at = range.end;
        Some(range)
    })
}

/// How many elements from this one on are of its channel; `None` for all.
fn sharing(channels: Channels, index: u64) -> Option<u64> {
    (channels.count() > 1).then(|| channels.inner() - index % channels.inner())
}
