//! Cross-entropy on the CPU: row by row, in f64.

use super::Cpu;
use super::math::times;
use super::rows::check_kind;
use super::softmax::{Exponentials, below};
use crate::Element;
use crate::error::Error;
use crate::operation::{CrossEntropy, RowKind, Targets};

impl Cpu {
    /// The loss of each row of logits, against its label: within 0.501 ULP of the exact one.
    ///
    /// ```
    /// use wgpu_activations::{Axis, CrossEntropy, cpu::Cpu};
    /// let mut loss = [0.0; 2];
    /// let cross_entropy = CrossEntropy::new(Axis::last(2));
    /// Cpu::new().cross_entropy(cross_entropy, &[0.0_f32, 0.0, 50.0, 0.0], &[1, 0], &mut loss)?;
    /// assert_eq!(loss, [0.693_147_2, 1.9287499e-22]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::RowMismatch`]; [`Error::NotDivisible`] where there are not whole rows; [`Error::WrongKernel`]
    /// for one with probabilities.
    pub fn cross_entropy<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &[T],
        labels: &[u32],
        loss: &mut [f32],
    ) -> Result<(), Error> {
        check_kind(cross_entropy, RowKind::CrossEntropy(Targets::Labels))?;
        let axis = cross_entropy.axis();
        Self::check_rows(axis, ("x", x), ("labels", labels.len()))?;
        self.reduced_rows(axis, [("x", x)], ("loss", loss), |row, [x]| {
            let loss = || loss_of(cross_entropy, x, |index| one_hot(labels[row], index)) as f32;
            outside(cross_entropy, x, labels[row]).unwrap_or_else(loss)
        })
    }

    /// The gradient of [`Cpu::cross_entropy`] by the logits, with what arrives at each row: within 0.501 ULP of the exact one, with
    /// smoothing of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::cross_entropy`].
    pub fn cross_entropy_backward<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &[T],
        labels: &[u32],
        dy: &[f32],
        dx: &mut [T],
    ) -> Result<(), Error> {
        check_kind(cross_entropy, RowKind::CrossEntropy(Targets::Labels))?;
        let axis = cross_entropy.axis();
        Self::check_rows(axis, ("x", x), ("labels", labels.len()))?;
        Self::check_rows(axis, ("x", x), ("dy", dy.len()))?;
        self.rows(axis, [("x", x)], ("dx", dx), |row, [x], dx| match outside(cross_entropy, x, labels[row]) {
            Some(value) => dx.fill(value),
            None => gradient(cross_entropy, x, dy[row], dx, |index| one_hot(labels[row], index)),
        })
    }

    /// The loss of each row of logits, against a probability for each element: within 0.501 ULP of the exact one.
    ///
    /// # Errors
    /// As [`Cpu::cross_entropy`]; [`Error::WrongKernel`] for one with labels.
    pub fn cross_entropy_with_probabilities<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &[T],
        probabilities: &[T],
        loss: &mut [f32],
    ) -> Result<(), Error> {
        check_kind(cross_entropy, RowKind::CrossEntropy(Targets::Probabilities))?;
        let inputs = [("x", x), ("probabilities", probabilities)];
        self.reduced_rows(cross_entropy.axis(), inputs, ("loss", loss), |_, [x, p]| {
            loss_of(cross_entropy, x, |index| p[index].into()) as f32
        })
    }

    /// The gradient of [`Cpu::cross_entropy_with_probabilities`] by the logits, with what arrives at each row: within 0.501 ULP of the
    /// size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::cross_entropy_with_probabilities`].
    pub fn cross_entropy_with_probabilities_backward<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &[T],
        probabilities: &[T],
        dy: &[f32],
        dx: &mut [T],
    ) -> Result<(), Error> {
        check_kind(cross_entropy, RowKind::CrossEntropy(Targets::Probabilities))?;
        let axis = cross_entropy.axis();
        Self::check_rows(axis, ("x", x), ("dy", dy.len()))?;
        let inputs = [("x", x), ("probabilities", probabilities)];
        self.rows(axis, inputs, ("dx", dx), |row, [x, p], dx| {
            gradient(cross_entropy, x, dy[row], dx, |index| p[index].into());
        })
    }
}

fn one_hot(label: u32, index: usize) -> f64 {
    if label as usize == index { 1.0 } else { 0.0 }
}

/// All results of a row whose label is no element's: 0 where it is to be ignored, else NaN.
fn outside(cross_entropy: CrossEntropy, x: &[f32], label: u32) -> Option<f32> {
    match label {
        label if label == cross_entropy.ignored() => Some(0.0),
        label if label as usize >= x.len() => Some(f32::NAN),
        _ => None,
    }
}

/// The target's weights.
fn weight(cross_entropy: CrossEntropy, count: usize, p: f64) -> f64 {
    let smoothing = f64::from(cross_entropy.smoothing());
    (1.0 - smoothing) * p + smoothing / count as f64
}

/// The scaled logits.
fn scores(cross_entropy: CrossEntropy, x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| f64::from(cross_entropy.scale()) * f64::from(*x)).collect()
}

fn loss_of(cross_entropy: CrossEntropy, x: &[f32], p: impl Fn(usize) -> f64) -> f64 {
    if x.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let scores = scores(cross_entropy, x);
    let exponentials = Exponentials::of(&scores, None);
    if exponentials.masked() {
        return f64::INFINITY;
    }
    let weights = || (0..x.len()).map(|index| weight(cross_entropy, x.len(), p(index)));
    let distances: f64 =
        weights().zip(&scores).map(|(weight, score)| times(weight, -below(*score, exponentials.top))).sum();
    times(weights().sum(), exponentials.logarithm()) + distances
}

fn gradient(cross_entropy: CrossEntropy, x: &[f32], dy: f32, dx: &mut [f32], p: impl Fn(usize) -> f64) {
    if x.iter().any(|x| x.is_nan()) {
        return dx.fill(f32::NAN);
    }
    let scale = f64::from(cross_entropy.scale());
    let scores = scores(cross_entropy, x);
    let exponentials = Exponentials::of(&scores, None);
    let Exponentials { top, ties, rest } = exponentials;
    let weights: f64 = (0..x.len()).map(|index| weight(cross_entropy, x.len(), p(index))).sum();
    let count = x.len();
    for (index, (dx, score)) in dx.iter_mut().zip(&scores).enumerate() {
        let own = weight(cross_entropy, count, p(index));
        let difference = if below(*score, top) == 0.0 {
            // What the others have is all that is left of 1 less the part of the largest.
            (weights - own) - times(weights, (ties - 1.0 + rest) / (ties + rest))
        } else {
            times(weights, exponentials.part(*score)) - own
        };
        let masked = *score == f64::NEG_INFINITY;
        *dx = if masked { 0.0 } else { scale * times(difference, dy.into()) } as f32;
    }
}
