//! Softmax, its logarithm and logsumexp on the CPU: row by row, in f64.

use std::borrow::Cow;

use multiversion::multiversion;

use super::Cpu;
use super::math::{exp, times};
use super::rows::check_kind;
use crate::Element;
use crate::error::Error;
use crate::operation::{Additions, Direction, Operation, RowKind, Softmax, SoftmaxKind, What};

/// Sums that are added side by side, so that none waits for another.
pub(super) const LANES: usize = 8;

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
    /// [`Error::LengthMismatch`], for logsumexp too, whose function is [`Cpu::logsumexp`]; [`Error::NotDivisible`] where there are not
    /// whole rows.
    pub fn softmax<T: Element>(&self, softmax: Softmax, x: &[T], y: &mut [T]) -> Result<(), Error> {
        softmax.check_elementwise(x.len() as u64)?;
        self.rows(softmax.axis(), [("x", x)], ("y", y), |row, [x], y| {
            forward(softmax, &masked(softmax, row, x), y);
        })
    }

    /// y = log Σ exp(s x) along an axis, one for each row: within 0.501 ULP of |s max x| + log Σⱼ exp(s xⱼ - s max x).
    ///
    /// # Errors
    /// [`Error::RowMismatch`]; [`Error::NotDivisible`]; [`Error::WrongKernel`] for another function.
    pub fn logsumexp<T: Element>(&self, softmax: Softmax, x: &[T], y: &mut [f32]) -> Result<(), Error> {
        check_kind(softmax, RowKind::Softmax(SoftmaxKind::LogSumExp))?;
        self.reduced_rows(softmax.axis(), [("x", x)], ("y", y), |row, [x]| {
            logsumexp(softmax, &masked(softmax, row, x)) as f32
        })
    }

    /// The gradient of [`Cpu::softmax`], from its x: each within 0.501 ULP of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::softmax`].
    pub fn softmax_backward<T: Element>(
        &self,
        softmax: Softmax,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        softmax.check_elementwise(x.len() as u64)?;
        self.rows(softmax.axis(), [("x", x), ("dy", dy)], ("dx", dx), |row, [x, dy], dx| {
            backward_from_input(softmax, &masked(softmax, row, x), dy, dx);
        })
    }

    /// The gradient of [`Cpu::logsumexp`], with what arrives at each row: each within 0.501 ULP of the exact one.
    ///
    /// # Errors
    /// As [`Cpu::logsumexp`].
    pub fn logsumexp_backward<T: Element>(
        &self,
        softmax: Softmax,
        x: &[T],
        dy: &[f32],
        dx: &mut [T],
    ) -> Result<(), Error> {
        check_kind(softmax, RowKind::Softmax(SoftmaxKind::LogSumExp))?;
        Self::check_rows(softmax.axis(), ("x", x), ("dy", dy.len()))?;
        self.rows(softmax.axis(), [("x", x)], ("dx", dx), |row, [x], dx| {
            let weight = f64::from(softmax.scale()) * f64::from(dy[row]);
            in_parts(softmax, &masked(softmax, row, x), dx, |y, _| times(y, weight));
        })
    }

    /// The gradient of [`Cpu::softmax`], from its result: each within 0.501 ULP of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::softmax`]; [`Error::NoBackwardFromOutput`] for logsumexp.
    pub fn softmax_backward_from_output<T: Element>(
        &self,
        softmax: Softmax,
        y: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let kind = What::Rows(RowKind::Softmax(softmax.kind()), Additions::NONE);
        Operation { what: kind, direction: Direction::BackwardFromOutput }.check()?;
        self.rows(softmax.axis(), [("y", y), ("dy", dy)], ("dx", dx), |_, [y, dy], dx| {
            backward(softmax, y, dy, dx);
        })
    }
}

/// A row as its causal mask leaves it.
fn masked(softmax: Softmax, row: usize, x: &[f32]) -> Cow<'_, [f32]> {
    let Some(causal) = softmax.causal_mask() else { return Cow::Borrowed(x) };
    let visible = (causal.visible(row as u64) as usize).min(x.len());
    let mut left = x.to_vec();
    left[visible..].fill(f32::NEG_INFINITY * softmax.scale().signum());
    Cow::Owned(left)
}

/// What the elements of a row, s x, come to: how they lie to the largest, how often that occurs, and the sum of what the others are of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exponentials {
    pub(super) scale: f64,
    pub(super) top: f64,
    pub(super) ties: f64,
    pub(super) rest: f64,
}

impl Exponentials {
    /// Of a row without NaN, and one more element where there is a sink.
    pub(super) fn of(x: &[f32], scale: f32, sink: Option<f32>) -> Self {
        let scale = f64::from(scale);
        let top = x.iter().chain(&sink).map(|x| scale * f64::from(*x)).fold(f64::NEG_INFINITY, f64::max);
        let (mut ties, mut rest) = sums(x, scale, top);
        if let Some(sink) = sink {
            let (tie, part) = sums(&[sink], scale, top);
            ties += tie;
            rest += part;
        }
        Self { scale, top, ties, rest }
    }

    /// s x less the largest.
    #[inline(always)]
    pub(super) fn below(&self, x: f32) -> f64 {
        below(x, self.scale, self.top)
    }

    /// Whether all of the row is masked.
    pub(super) fn masked(&self) -> bool {
        self.top == f64::NEG_INFINITY
    }

    /// The part of an element in the sum.
    #[inline(always)]
    pub(super) fn part(&self, x: f32) -> f64 {
        exp(self.below(x)).exp / (self.ties + self.rest)
    }

    /// The logarithm of the sum, less the largest.
    pub(super) fn logarithm(&self) -> f64 {
        (self.ties - 1.0 + self.rest).ln_1p()
    }
}

fn logsumexp(softmax: Softmax, x: &[f32]) -> f64 {
    if x.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let exponentials = Exponentials::of(x, softmax.scale(), softmax.sink());
    if exponentials.masked() { f64::NEG_INFINITY } else { exponentials.top + exponentials.logarithm() }
}

/// dx of softmax's y and of the element's number; 0 where all is masked, NaN where one is.
fn in_parts(softmax: Softmax, x: &[f32], dx: &mut [f32], of: impl Fn(f64, usize) -> f64) {
    if x.iter().any(|x| x.is_nan()) {
        return dx.fill(f32::NAN);
    }
    let exponentials = Exponentials::of(x, softmax.scale(), softmax.sink());
    for (index, (dx, x)) in dx.iter_mut().zip(x).enumerate() {
        let y = if exponentials.masked() { 0.0 } else { exponentials.part(*x) };
        *dx = of(y, index) as f32;
    }
}

fn backward_from_input(softmax: Softmax, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let scale = f64::from(softmax.scale());
    let is_softmax = softmax.kind() == SoftmaxKind::Softmax;
    let exponentials = Exponentials::of(x, softmax.scale(), softmax.sink());
    let weight = |x: &f32| if is_softmax && !exponentials.masked() { exponentials.part(*x) } else { 1.0 };
    let sum: f64 = x.iter().zip(dy).map(|(x, dy)| times(weight(x), (*dy).into())).sum();
    in_parts(softmax, x, dx, |y, index| {
        let dy = f64::from(dy[index]);
        // As an infinite one leaves all others.
        let masked = exponentials.masked() || exponentials.below(x[index]) == f64::NEG_INFINITY;
        match is_softmax {
            true => scale * times(y, dy - sum),
            false if masked => 0.0,
            false => scale * (dy - times(y, sum)),
        }
    });
}

fn forward(softmax: Softmax, x: &[f32], y: &mut [f32]) {
    if x.iter().any(|x| x.is_nan()) {
        return y.fill(f32::NAN);
    }
    let exponentials = Exponentials::of(x, softmax.scale(), softmax.sink());
    let Exponentials { scale, top, ties, rest } = exponentials;
    match softmax.kind() {
        SoftmaxKind::Softmax if exponentials.masked() => y.fill(0.0),
        SoftmaxKind::Softmax => parts(x, scale, top, 1.0 / (ties + rest), y),
        _ => logarithms(x, scale, top, exponentials.logarithm(), y),
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
        _ => {
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
