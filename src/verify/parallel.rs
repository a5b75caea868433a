//! Work over many elements, on all cores. (Where there are no threads, in a browser, rayon works on the calling one.)

use std::ops::Range;

use rayon::prelude::*;

/// Elements that are worked on at once: their intermediate results stay in the first-level cache.
pub(crate) const BLOCK: usize = 1 << 10;

/// Folds the blocks of `0..elements` with `add`, starting from `T::default()`, and merges what comes of them.
pub(crate) fn fold<T: Send>(
    elements: usize,
    empty: impl Fn() -> T + Sync + Send,
    add: impl Fn(&mut T, Range<usize>) + Sync,
    merge: impl Fn(T, T) -> T + Sync + Send,
) -> T {
    // An accumulator has a histogram of its own: so not too few blocks for each.
    const BLOCKS: usize = 64;
    let blocks = (0..elements.div_ceil(BLOCK)).into_par_iter().with_min_len(BLOCKS);
    blocks
        .fold(&empty, |mut folded, block| {
            add(&mut folded, range(block, elements));
            folded
        })
        .reduce(&empty, merge)
}

/// What `map` makes of each block of `items`, as many results as there are items.
pub(crate) fn map_blocks(items: &[f32], map: impl Fn(&[f32]) -> Vec<f64> + Sync) -> Vec<f64> {
    let mut results = vec![0.0; items.len()];
    let blocks = results.par_chunks_mut(BLOCK).zip(items.par_chunks(BLOCK));
    blocks.for_each(|(results, items)| results.copy_from_slice(&map(items)));
    results
}

fn range(block: usize, elements: usize) -> Range<usize> {
    block * BLOCK..elements.min((block + 1) * BLOCK)
}
