//! Tensors row by row, as f32.

use rayon::prelude::*;

use super::{CHUNK, Cpu, Threads};
use crate::Element;
use crate::error::Error;
use crate::operation::{Axis, RowFunction, RowKind};

impl Cpu {
    /// Calls `of_row` with each row and its number: one result for each element.
    pub(super) fn rows<T: Element, const N: usize>(
        self,
        axis: Axis,
        inputs: [(&'static str, &[T]); N],
        (name, output): (&'static str, &mut [T]),
        of_row: impl Fn(usize, [&[f32]; N], &mut [f32]) + Sync,
    ) -> Result<(), Error> {
        let elements = Self::check_inputs(axis, inputs)?;
        Error::check_length(name, elements, output.len() as u64)?;
        self.each_row(axis, inputs, output, axis.size(), of_row);
        Ok(())
    }

    /// The same with one result for each row.
    pub(super) fn reduced_rows<T: Element, const N: usize>(
        self,
        axis: Axis,
        inputs: [(&'static str, &[T]); N],
        (name, output): (&'static str, &mut [f32]),
        of_row: impl Fn(usize, [&[f32]; N]) -> f32 + Sync,
    ) -> Result<(), Error> {
        Self::check_inputs(axis, inputs)?;
        Self::check_rows(axis, inputs[0], (name, output.len()))?;
        self.each_row(axis, inputs, output, 1, |row, inputs, results| results.fill(of_row(row, inputs)));
        Ok(())
    }

    /// What there is one of for each row.
    pub(super) fn check_rows<T: Element>(
        axis: Axis,
        (input, x): (&'static str, &[T]),
        (name, actual): (&'static str, usize),
    ) -> Result<(), Error> {
        let elements = x.len() as u64;
        axis.check(input, elements)?;
        axis.check_rows(name, elements, actual as u64)
    }

    fn check_inputs<T: Element, const N: usize>(
        axis: Axis,
        inputs: [(&'static str, &[T]); N],
    ) -> Result<u64, Error> {
        let elements = inputs[0].1.len() as u64;
        for (name, input) in inputs {
            Error::check_length(name, elements, input.len() as u64)?;
        }
        axis.check(inputs[0].0, elements)?;
        Ok(elements)
    }

    /// Checked; `results` of each row go into the output.
    fn each_row<T: Element, R: Element, const N: usize>(
        self,
        axis: Axis,
        inputs: [(&'static str, &[T]); N],
        output: &mut [R],
        results: u64,
        of_row: impl Fn(usize, [&[f32]; N], &mut [f32]) + Sync,
    ) {
        let elements = inputs[0].1.len();
        if elements == 0 {
            return;
        }
        // At most as many as there are elements.
        let [period, inner, results] = [axis.period(), axis.inner(), results].map(|count| count as usize);
        let written = inner * results;
        let periods = |first: usize, output: &mut [R]| {
            let mut row = Row { inputs: [const { Vec::new() }; N], results: vec![0.0; results] };
            for (index, output) in output.chunks_mut(written).enumerate() {
                let outer = first + index;
                let inputs = inputs.map(|(_, input)| &input[outer * period..][..period]);
                for number in 0..inner {
                    let of_row = |inputs: [&[f32]; N], results: &mut [f32]| {
                        of_row(outer * inner + number, inputs, results);
                    };
                    row.compute(number, inner, inputs, output, &of_row);
                }
            }
        };
        let count = (CHUNK / period).max(1);
        if self.threads == Threads::One || elements <= period * count {
            periods(0, output);
        } else {
            let chunks = output.par_chunks_mut(written * count).enumerate();
            chunks.for_each(|(index, output)| periods(index * count, output));
        }
    }
}

/// Refuses another function than the one that is called.
pub(super) fn check_kind(function: impl Into<RowFunction>, wanted: RowKind) -> Result<(), Error> {
    let given = function.into().kind();
    if given == wanted {
        return Ok(());
    }
    Err(Error::WrongKernel { kernel: wanted.to_string(), activation: given.to_string() })
}

/// Room for one row, as f32.
struct Row<const N: usize> {
    inputs: [Vec<f32>; N],
    results: Vec<f32>,
}

impl<const N: usize> Row<N> {
    /// The one that begins with element `first` and goes on every `step` elements.
    fn compute<T: Element, R: Element>(
        &mut self,
        first: usize,
        step: usize,
        inputs: [&[T]; N],
        output: &mut [R],
        of_row: &impl Fn([&[f32]; N], &mut [f32]),
    ) {
        for (row, input) in self.inputs.iter_mut().zip(inputs) {
            row.clear();
            row.extend(input[first..].iter().step_by(step).map(|element| element.to_f32()));
        }
        of_row(self.inputs.each_ref().map(Vec::as_slice), &mut self.results);
        let places = output[first..].iter_mut().step_by(step);
        places.zip(&self.results).for_each(|(place, result)| *place = R::from_f32(*result));
    }
}
