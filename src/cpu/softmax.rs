//! Softmax and its logarithm on the CPU: row by row, in f64.

use multiversion::multiversion;
use rayon::prelude::*;

use super::math::{exp, times};
use super::{CHUNK, Cpu, Threads};
use crate::Element;
use crate::error::Error;
use crate::operation::{Axis, Softmax, SoftmaxKind};

/// Sums that are added side by side, so that none waits for another.
const LANES: usize = 8;

impl Cpu {
    /// y = softmax(s x) along an axis, or its logarithm: every result within 0.501 ULP of the exact one.
    ///
    /// ```
    /// use wgpu_activations::{Axis, Softmax, cpu::Cpu};
    /// let mut y = [0.0; 4];
    /// Cpu::new().softmax(Softmax::new(Axis::last(2)), &[0.0_f32, 1.0, 3.0, 3.0], &mut y)?;
    /// assert_eq!(y, [0.268_941_43, 0.731_058_6, 0.5, 0.5]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::NotDivisible`] where there are not whole rows.
    pub fn softmax<T: Element>(&self, softmax: Softmax, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.rows(softmax.axis(), [("x", x)], ("y", y), |[x], y| forward(softmax, x, y))
    }

    /// The gradient of [`Cpu::softmax`], from its result: each within 0.501 ULP of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::softmax`].
    pub fn softmax_backward_from_output<T: Element>(
        &self,
        softmax: Softmax,
        y: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        self.rows(softmax.axis(), [("y", y), ("dy", dy)], ("dx", dx), |[y, dy], dx| {
            backward(softmax, y, dy, dx);
        })
    }

    /// Calls `of_row` with each row, as f32.
    fn rows<T: Element, const N: usize>(
        self,
        axis: Axis,
        inputs: [(&'static str, &[T]); N],
        (name, output): (&'static str, &mut [T]),
        of_row: impl Fn([&[f32]; N], &mut [f32]) + Sync,
    ) -> Result<(), Error> {
        let elements = inputs[0].1.len();
        for (name, input) in inputs {
            Error::check_length(name, elements as u64, input.len() as u64)?;
        }
        Error::check_length(name, elements as u64, output.len() as u64)?;
        axis.check(inputs[0].0, elements as u64)?;
        if elements == 0 {
            return Ok(());
        }
        // At most as many as there are elements.
        let period = axis.period() as usize;
        let inner = axis.inner() as usize;
        let periods = |first: usize, output: &mut [T]| {
            let mut row = Row { inputs: [const { Vec::new() }; N], results: vec![0.0; period / inner] };
            for (index, output) in output.chunks_mut(period).enumerate() {
                let begin = first + index * period;
                let inputs = inputs.map(|(_, input)| &input[begin..begin + period]);
                (0..inner).for_each(|number| row.compute(number, inner, inputs, output, &of_row));
            }
        };
        let chunk = period * (CHUNK / period).max(1);
        if self.threads == Threads::One || elements <= chunk {
            periods(0, output);
        } else {
            let chunks = output.par_chunks_mut(chunk).enumerate();
            chunks.for_each(|(index, output)| periods(index * chunk, output));
        }
        Ok(())
    }
}

/// Room for one row, as f32.
struct Row<const N: usize> {
    inputs: [Vec<f32>; N],
    results: Vec<f32>,
}

impl<const N: usize> Row<N> {
    /// The one that begins with element `first` and goes on every `step` elements.
    fn compute<T: Element>(
        &mut self,
        first: usize,
        step: usize,
        inputs: [&[T]; N],
        output: &mut [T],
        of_row: &impl Fn([&[f32]; N], &mut [f32]),
    ) {
        for (row, input) in self.inputs.iter_mut().zip(inputs) {
            row.clear();
            row.extend(input[first..].iter().step_by(step).map(|element| element.to_f32()));
        }
        of_row(self.inputs.each_ref().map(Vec::as_slice), &mut self.results);
        let places = output[first..].iter_mut().step_by(step);
        places.zip(&self.results).for_each(|(place, result)| *place = T::from_f32(*result));
    }
}

fn forward(softmax: Softmax, x: &[f32], y: &mut [f32]) {
    let scale = f64::from(softmax.scale());
    if x.iter().any(|x| x.is_nan()) {
        return y.fill(f32::NAN);
    }
    let top = x.iter().map(|x| scale * f64::from(*x)).fold(f64::NEG_INFINITY, f64::max);
    let (ties, rest) = sums(x, scale, top);
    match softmax.kind() {
        SoftmaxKind::Softmax if top == f64::NEG_INFINITY => y.fill(0.0),
        SoftmaxKind::Softmax => parts(x, scale, top, 1.0 / (ties + rest), y),
        SoftmaxKind::LogSoftmax => logarithms(x, scale, top, (ties - 1.0 + rest).ln_1p(), y),
    }
}

/// s x - top, 0 where both are infinite.
#[inline(always)]
fn below(x: f32, scale: f64, top: f64) -> f64 {
    let scaled = scale * f64::from(x);
    if scaled == top { 0.0 } else { scaled - top }
}

/// How often the largest element occurs, and the sum of what the others are of it.
#[multiversion(targets = "simd")]
fn sums(x: &[f32], scale: f64, top: f64) -> (f64, f64) {
    let (mut ties, mut rest) = ([0.0; LANES], [0.0; LANES]);
    for chunk in x.chunks(LANES) {
        for ((ties, rest), x) in ties.iter_mut().zip(&mut rest).zip(chunk) {
            let below = below(*x, scale, top);
            let part = exp(below).exp;
            *ties += if below == 0.0 { 1.0 } else { 0.0 };
            *rest += if below == 0.0 { 0.0 } else { part };
        }
    }
    (ties.iter().sum(), rest.iter().sum())
}

#[multiversion(targets = "simd")]
fn parts(x: &[f32], scale: f64, top: f64, inverse: f64, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = (exp(below(*x, scale, top)).exp * inverse) as f32;
    }
}

#[multiversion(targets = "simd")]
fn logarithms(x: &[f32], scale: f64, top: f64, logarithm: f64, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        let scaled = scale * f64::from(*x);
        let masked = scaled == f64::NEG_INFINITY;
        *y = (if masked { scaled } else { below(*x, scale, top) - logarithm }) as f32;
    }
}

fn backward(softmax: Softmax, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let scale = f64::from(softmax.scale());
    match softmax.kind() {
        SoftmaxKind::Softmax => {
            let sum = sum_of_products(y, dy, |y| y);
            gradients(y, dy, dx, |y, dy| scale * times(y, dy - sum));
        }
        SoftmaxKind::LogSoftmax => {
            let sum = sum_of_products(y, dy, |_| 1.0);
            let gradient = |y: f64, dy: f64| scale * (dy - times(exp(y).exp, sum));
            // What is masked passes nothing on; NaN, which exp takes for something small, stays.
            gradients(y, dy, dx, |y, dy| match y {
                f64::NEG_INFINITY => 0.0,
                y if y.is_nan() => y,
                y => gradient(y, dy),
            });
        }
    }
}

#[multiversion(targets = "simd")]
fn sum_of_products(y: &[f32], dy: &[f32], weight: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    for (y, dy) in y.chunks(LANES).zip(dy.chunks(LANES)) {
        for ((sum, y), dy) in sums.iter_mut().zip(y).zip(dy) {
            *sum += times(weight((*y).into()), (*dy).into());
        }
    }
    sums.iter().sum()
}

#[multiversion(targets = "simd")]
fn gradients(y: &[f32], dy: &[f32], dx: &mut [f32], of: impl Fn(f64, f64) -> f64) {
    for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
        *dx = of((*y).into(), (*dy).into()) as f32;
    }
}
