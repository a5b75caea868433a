//! One function and direction over operands of any element type: block by block, on one thread or on all.

use rayon::prelude::*;

use super::loops::{BLOCK, Columns, Loop};
use super::operands::{Buffer, Input, Output};
use super::parameters::{OfElements, Parameters};
use super::{CHUNK, Threads, sums};
use crate::Element;
use crate::error::Error;

/// A loop with the parameters that it takes, over N inputs of so many elements. An input that is missing is the output.
pub(super) struct Pass<'a, T, const N: usize, const M: usize> {
    run: Loop<N, M>,
    parameters: OfElements<'a>,
    inputs: [Option<Input<'a, T>>; N],
    elements: usize,
}

impl<'a, T: Element, const N: usize, const M: usize> Pass<'a, T, N, M> {
    /// Checks that the inputs have one length, and parameters for it. The output's own length counts if it is the only input.
    pub(super) fn new(
        run: Loop<N, M>,
        parameters: Parameters<'a>,
        inputs: [Option<Input<'a, T>>; N],
        own: usize,
    ) -> Result<Self, Error> {
        let elements = inputs.iter().flatten().next().map_or(own, Input::elements);
        inputs.iter().flatten().try_for_each(|input| input.check_length(elements))?;
        let parameters = OfElements::new(parameters);
        parameters.check(elements)?;
        Ok(Self { run, parameters, inputs, elements })
    }

    pub(super) fn compute(&self, threads: Threads, mut output: Output<'_, T, M>) -> Result<(), Error> {
        output.check(self.elements, &self.inputs)?;
        let grain = output.grain();
        let chunk = grain.saturating_mul((CHUNK / grain).max(1));
        if threads == Threads::One || self.elements <= chunk {
            self.run(0, output);
            return Ok(());
        }
        let firsts = (0..self.elements).step_by(chunk);
        let chunks: Vec<_> =
            firsts.map(|first| (first, output.split_off(chunk.min(output.elements())))).collect();
        chunks.into_par_iter().for_each(|(first, output)| self.run(first, output));
        Ok(())
    }

    /// One thread's part: all that the output holds, from element `first` on.
    fn run<U: Element>(&self, first: usize, mut output: Output<'_, U, M>) {
        let mut columns = None;
        let (mut wide, mut results) = ([const { Buffer::None }; N], [const { Buffer::None }; M]);
        let elements = output.elements();
        for start in (0..elements).step_by(BLOCK) {
            let count = BLOCK.min(elements - start);
            let mut inputs = self.inputs.iter();
            let inputs = wide.each_mut().map(|buffer| match inputs.next() {
                Some(Some(input)) => input.read(first + start, count, buffer),
                _ => output.read(start, count, buffer),
            });
            output.write(start, count, &mut results, |outputs| {
                self.block((first + start) as u64, &mut columns, inputs, outputs);
            });
        }
    }

    /// Elements from number `first` on, each with its own parameters or in pieces that share theirs.
    fn block(
        &self,
        first: u64,
        columns: &mut Option<Columns>,
        inputs: [&[f32]; N],
        mut outputs: [&mut [f32]; M],
    ) {
        let elements = inputs[0].len();
        if let Some(own) = self.run.own.filter(|_| self.parameters.vary()) {
            let columns = columns.get_or_insert_with(|| self.parameters.columns());
            self.parameters.vary_columns(first, elements, columns);
            return own(columns, inputs, outputs);
        }
        for (range, values) in self.parameters.pieces(first, elements) {
            let outputs = outputs.each_mut().map(|output| &mut output[range.clone()]);
            (self.run.shared)(&values, inputs.map(|input| &input[range.clone()]), outputs);
        }
    }
}

impl<T: Element, const N: usize> Pass<'_, T, N, 1> {
    /// The sum of each channel's results, in f32 whatever the type.
    pub(super) fn sum(&self, threads: Threads, sums: &mut [f32]) -> Result<(), Error> {
        let channels = self.parameters.channels().count();
        Error::check_channels("the gradient of the parameter", channels, sums.len() as u64)?;
        let count = sums.len();
        let terms = |first, elements| self.sum_chunk(first, elements, count);
        let total = sums::in_chunks(threads, self.elements, count, terms);
        sums.iter_mut().zip(total).for_each(|(sum, total)| *sum = total as f32);
        Ok(())
    }

    fn sum_chunk(&self, first: usize, elements: usize, channels: usize) -> Vec<f64> {
        let (mut sums, mut buffer) = (vec![0.0; channels], [0.0_f32; BLOCK]);
        for start in (first..first + elements).step_by(BLOCK) {
            let results = &mut buffer[..BLOCK.min(first + elements - start)];
            self.run(start, Output::new("terms", results));
            sums::add(self.parameters.channels(), start as u64, results, &mut sums);
        }
        sums
    }
}
