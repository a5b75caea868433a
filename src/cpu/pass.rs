//! One activation and direction over slices of any element type, in one thread.

use std::ops::Range;

use super::loops::{Backward, Columns, Forward, Loops};
use super::parameters::Parameters;
use crate::table::row::MAX_PARAMETERS;
use crate::{Element, Storage};

/// How many elements lie in a buffer on the stack between two operands: a few kilobytes, which stay in the first-level cache.
pub(super) const BLOCK: usize = 1024;

/// A loop with the parameters that it takes.
pub(super) struct Pass<'a, Loop> {
    run: Loop,
    parameters: Parameters<'a>,
}

impl<'a, Loop> Pass<'a, Loop> {
    pub(super) fn new(parameters: Parameters<'a>, choose: impl Fn(&Loops) -> Loop) -> Self {
        Self { run: choose(super::loops_of(&parameters.activation)), parameters }
    }
}

impl<Loop> Pass<'_, Loop> {
    /// Runs over ranges of elements with their own parameters.
    fn blocks(&self, first: usize, elements: usize, mut run: impl FnMut(&Columns, Range<usize>)) {
        let mut columns = [[0.0; BLOCK]; MAX_PARAMETERS];
        self.parameters.fill_columns(&mut columns);
        for start in (0..elements).step_by(BLOCK) {
            let range = start..elements.min(start + BLOCK);
            self.parameters.vary_columns((first + start) as u64, range.len(), &mut columns);
            run(&columns, range);
        }
    }
}

/// `first` is the number of the slices' first element in the tensor.
impl Pass<'_, Forward> {
    pub(super) fn forward<T: Element>(&self, first: usize, x: &[T], y: &mut [T]) {
        if T::STORAGE == Storage::F32 {
            self.run(first, bytemuck::cast_slice(x), bytemuck::cast_slice_mut(y));
        } else {
            y.copy_from_slice(x);
            self.forward_in_place(first, y);
        }
    }

    pub(super) fn forward_in_place<T: Element>(&self, first: usize, x: &mut [T]) {
        let (mut wide, mut results) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (block, first) in x.chunks_mut(BLOCK).zip((first..).step_by(BLOCK)) {
            let results = &mut results[..block.len()];
            self.run(first, widen(block, &mut wide), results);
            T::narrow(results, block);
        }
    }

    fn run(&self, first: usize, x: &[f32], y: &mut [f32]) {
        if let Some(own) = self.run.own.filter(|_| self.parameters.vary()) {
            return self.blocks(first, x.len(), |columns, range| {
                own(columns, &x[range.clone()], &mut y[range]);
            });
        }
        for (range, values) in self.parameters.pieces(first as u64, x.len()) {
            (self.run.shared)(&values, &x[range.clone()], &mut y[range]);
        }
    }
}

impl Pass<'_, Backward> {
    pub(super) fn backward<T: Element>(&self, first: usize, x: &[T], dy: &[T], dx: &mut [T]) {
        if T::STORAGE == Storage::F32 {
            let (x, dy) = (bytemuck::cast_slice(x), bytemuck::cast_slice(dy));
            self.run(first, x, dy, bytemuck::cast_slice_mut(dx));
        } else {
            dx.copy_from_slice(dy);
            self.backward_in_place(first, x, dx);
        }
    }

    pub(super) fn backward_in_place<T: Element>(&self, first: usize, x: &[T], dy: &mut [T]) {
        let (mut wide_x, mut wide_dy, mut results) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let blocks = x.chunks(BLOCK).zip(dy.chunks_mut(BLOCK)).zip((first..).step_by(BLOCK));
        for ((x, dy), first) in blocks {
            let results = &mut results[..dy.len()];
            self.run(first, widen(x, &mut wide_x), widen(dy, &mut wide_dy), results);
            T::narrow(results, dy);
        }
    }

    /// Adds the results, in f32 whatever the type, to their channels' sums.
    pub(super) fn sum<T: Element>(&self, first: usize, x: &[T], dy: &[T], sums: &mut [f64]) {
        let (mut wide_x, mut wide_dy, mut results) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let channels = self.parameters.channels();
        for ((x, dy), first) in x.chunks(BLOCK).zip(dy.chunks(BLOCK)).zip((first..).step_by(BLOCK)) {
            let results = &mut results[..dy.len()];
            self.run(first, widen(x, &mut wide_x), widen(dy, &mut wide_dy), results);
            if self.parameters.vary() {
                for (result, channel) in results.iter().zip(channels.of_each(first as u64)) {
                    sums[channel as usize] += f64::from(*result);
                }
            } else {
                // In a register: half the time of adding each to its channel's sum.
                for (range, _) in self.parameters.pieces(first as u64, x.len()) {
                    let channel = channels.of((first + range.start) as u64) as usize;
                    sums[channel] += results[range].iter().copied().map(f64::from).sum::<f64>();
                }
            }
        }
    }

    fn run(&self, first: usize, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        if let Some(own) = self.run.own.filter(|_| self.parameters.vary()) {
            return self.blocks(first, x.len(), |columns, range| {
                own(columns, &x[range.clone()], &dy[range.clone()], &mut dx[range]);
            });
        }
        for (range, values) in self.parameters.pieces(first as u64, x.len()) {
            (self.run.shared)(&values, &x[range.clone()], &dy[range.clone()], &mut dx[range]);
        }
    }
}

/// A block in f32, in this buffer.
fn widen<'a, T: Element>(block: &[T], buffer: &'a mut [f32; BLOCK]) -> &'a [f32] {
    let wide = &mut buffer[..block.len()];
    T::widen(block, wide);
    wide
}
