//! One activation and direction over slices of any element type, in one thread.

use super::loops::{Backward, Forward, Loops};
use crate::activation::{Activation, MAX_PARAMETERS};

use crate::{Element, Storage};

/// How many elements lie in a buffer on the stack between two operands: a few kilobytes, which stay in the first-level cache.
const BLOCK: usize = 1024;

/// A loop with the parameters that it takes.
pub(super) struct Pass<Loop> {
    run: Loop,
    parameters: [f32; MAX_PARAMETERS],
}

impl<Loop> Pass<Loop> {
    pub(super) fn new(activation: &Activation, choose: impl Fn(&Loops) -> Loop) -> Self {
        Self { run: choose(super::loops_of(activation)), parameters: *activation.padded_parameters() }
    }
}

impl Pass<Forward> {
    pub(super) fn forward<T: Element>(&self, x: &[T], y: &mut [T]) {
        if T::STORAGE == Storage::F32 {
            (self.run)(&self.parameters, bytemuck::cast_slice(x), bytemuck::cast_slice_mut(y));
        } else {
            y.copy_from_slice(x);
            self.forward_in_place(y);
        }
    }

    pub(super) fn forward_in_place<T: Element>(&self, x: &mut [T]) {
        let (mut wide, mut results) = ([0.0; BLOCK], [0.0; BLOCK]);
        for block in x.chunks_mut(BLOCK) {
            let results = &mut results[..block.len()];
            (self.run)(&self.parameters, widen(block, &mut wide), results);
            narrow(results, block);
        }
    }
}

impl Pass<Backward> {
    pub(super) fn backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) {
        if T::STORAGE == Storage::F32 {
            let (x, dy) = (bytemuck::cast_slice(x), bytemuck::cast_slice(dy));
            (self.run)(&self.parameters, x, dy, bytemuck::cast_slice_mut(dx));
        } else {
            dx.copy_from_slice(dy);
            self.backward_in_place(x, dx);
        }
    }

    pub(super) fn backward_in_place<T: Element>(&self, x: &[T], dy: &mut [T]) {
        let (mut wide_x, mut wide_dy, mut results) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for (x, dy) in x.chunks(BLOCK).zip(dy.chunks_mut(BLOCK)) {
            let results = &mut results[..dy.len()];
            (self.run)(&self.parameters, widen(x, &mut wide_x), widen(dy, &mut wide_dy), results);
            narrow(results, dy);
        }
    }
}

/// A block in f32, in this buffer.
fn widen<'a, T: Element>(block: &[T], buffer: &'a mut [f32; BLOCK]) -> &'a [f32] {
    let wide = &mut buffer[..block.len()];
    for (wide, element) in wide.iter_mut().zip(block) {
        *wide = element.to_f32();
    }
    wide
}

fn narrow<T: Element>(results: &[f32], block: &mut [T]) {
    for (element, result) in block.iter_mut().zip(results) {
        *element = T::from_f32(*result);
    }
}
