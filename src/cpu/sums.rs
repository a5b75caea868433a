//! Sums over channels: in f64, in an order that depends on the lengths alone.

use rayon::prelude::*;

use super::{CHUNK, Threads, runs};
use crate::operand::Channels;

/// The sums of all chunks' sums, so many of each: `terms` makes those of a chunk, of its first element's number and how many it has.
pub(super) fn in_chunks(
    threads: Threads,
    elements: usize,
    count: usize,
    terms: impl Fn(usize, usize) -> Vec<f64> + Sync,
) -> impl Iterator<Item = f64> {
    // However many channels there are, sums are fewer than elements.
    let chunk = CHUNK.max(count.saturating_mul(4));
    let partial = |index: usize| {
        let first = index * chunk;
        terms(first, chunk.min(elements - first))
    };
    let chunks = 0..elements.div_ceil(chunk);
    let partials: Vec<Vec<f64>> = match threads {
        Threads::One => chunks.map(partial).collect(),
        Threads::All => chunks.into_par_iter().map(partial).collect(),
    };
    (0..count).map(move |channel| partials.iter().map(|sums| sums[channel]).sum())
}

/// Adds terms, of which the first has the number `first`, to their channels' sums.
pub(super) fn add<T: Copy + Into<f64>>(channels: Channels, first: u64, terms: &[T], sums: &mut [f64]) {
    if runs::vary(channels) {
        for (term, channel) in terms.iter().zip(channels.of_each(first)) {
            sums[channel as usize] += (*term).into();
        }
    } else {
        // In a register: half the time of adding each to its channel's sum.
        for range in runs::pieces(channels, first, terms.len()) {
            let channel = channels.of(first + range.start as u64) as usize;
            sums[channel] += terms[range].iter().map(|term| (*term).into()).sum::<f64>();
        }
    }
}
