//! Sums over channels: in f64, in an order that depends on the lengths alone.

use rayon::prelude::*;

use super::{CHUNK, Threads, runs};
use crate::operand::Channels;

/// The sums of all chunks' sums, so many of each: `terms` makes those of a chunk, of its first element's number and how many it has.
pub(super) fn in_chunks(
    threads: Threads,
    elements: usize,
    count: usize,
    terms: impl Fn(usize, usize) -> Vec<f64> + Sync + Send,
) -> Vec<f64> {
    let chunk = chunk(count);
    let chunks = (0..elements).step_by(chunk).map(|first| (first, chunk.min(elements - first))).collect();
    of_chunks(threads, chunks, count, |(first, elements)| terms(first, elements))
}

/// How many elements a chunk has: however many channels there are, sums are fewer than elements.
pub(super) fn chunk(count: usize) -> usize {
    CHUNK.max(count.saturating_mul(4))
}

/// The sums of all chunks' sums, so many of each.
pub(super) fn of_chunks<C: Send>(
    threads: Threads,
    chunks: Vec<C>,
    count: usize,
    sums: impl Fn(C) -> Vec<f64> + Sync + Send,
) -> Vec<f64> {
    let partials: Vec<Vec<f64>> = match threads {
        Threads::All if chunks.len() > 1 => chunks.into_par_iter().map(sums).collect(),
        _ => chunks.into_iter().map(sums).collect(),
    };
    (0..count).map(|channel| partials.iter().map(|sums| sums[channel]).sum()).collect()
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
