//! Softmax, its logarithm and logsumexp on the CPU: row by row, in f64.

use multiversion::multiversion;

use super::Cpu;
use super::math::{exp, times};
use super::rows::check_kind;
use crate::Element;
use crate::error::Error;
use crate::operand::{Channels, SoftmaxParameters, Strided};
use crate::operation::{Additions, Axis, Direction, Operation, RowKind, Softmax, SoftmaxKind, What};

/// Sums that are added side by side, so that none waits for another.
pub(super) const LANES: usize = 8;

impl Cpu {
    /// y = softmax(s x) along an axis, its logarithm, hardmax or sparsemax: every result within 0.501 ULP of the exact one.
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
    pub fn softmax<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        x: &[T],
        y: &mut [T],
    ) -> Result<(), Error> {
        let scores = Scores::by_element(softmax.into(), x.len())?;
        self.rows(scores.axis(), [("x", x)], ("y", y), |row, [x], y| {
            forward(scores.softmax, &scores.of(row, x), y);
        })
    }

    /// y = log Σ exp(s x) along an axis, one for each row: within 0.501 ULP of |s max x| + log Σⱼ exp(s xⱼ - s max x).
    ///
    /// # Errors
    /// [`Error::RowMismatch`]; [`Error::NotDivisible`]; [`Error::WrongKernel`] for another function.
    pub fn logsumexp<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        x: &[T],
        y: &mut [f32],
    ) -> Result<(), Error> {
        let scores = Scores::of_logsumexp(softmax.into(), x.len())?;
        self.reduced_rows(scores.axis(), [("x", x)], ("y", y), |row, [x]| {
            logsumexp(&scores.of(row, x)) as f32
        })
    }

    /// The gradient of [`Cpu::softmax`], from its x: each within 0.501 ULP of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::softmax`].
    pub fn softmax_backward<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let scores = Scores::by_element(softmax.into(), x.len())?;
        self.rows(scores.axis(), [("x", x), ("dy", dy)], ("dx", dx), |row, [x, dy], dx| {
            backward_from_input(scores.softmax, &scores.of(row, x), dy, dx);
        })
    }

    /// The gradient of [`Cpu::logsumexp`], with what arrives at each row: each within 0.501 ULP of the exact one.
    ///
    /// # Errors
    /// As [`Cpu::logsumexp`].
    pub fn logsumexp_backward<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        x: &[T],
        dy: &[f32],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let scores = Scores::of_logsumexp(softmax.into(), x.len())?;
        Self::check_rows(scores.axis(), ("x", x), ("dy", dy.len()))?;
        self.rows(scores.axis(), [("x", x)], ("dx", dx), |row, [x], dx| {
            let weight = f64::from(scores.softmax.scale()) * f64::from(dy[row]);
            in_parts(&scores.of(row, x), dx, |y, _| times(y, weight));
        })
    }

    /// The gradient of [`Cpu::softmax`] by each row's own sink, from x, one for each row: each within 0.501 ULP of the size of its terms. For a
    /// sink that rows share, sum them.
    ///
    /// ```
    /// use wgpu_activations::{Axis, Softmax, cpu::Cpu};
    /// let mut d = [0.0; 2];
    /// let softmax = Softmax::new(Axis::last(1)).with_sink(0.0)?; // 1 / (1 + exp(-x))
    /// Cpu::new().softmax_backward_sinks(softmax, &[0.0_f32, 0.0], &[1.0, -4.0], &mut d)?;
    /// assert_eq!(d, [-0.25, 1.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Cpu::softmax`]; [`Error::NoSink`].
    pub fn softmax_backward_sinks<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        x: &[T],
        dy: &[T],
        d: &mut [f32],
    ) -> Result<(), Error> {
        let scores = Scores::by_element(softmax.into(), x.len())?;
        scores.check_sinks()?;
        self.reduced_rows(scores.axis(), [("x", x), ("dy", dy)], ("d", d), |row, [x, dy]| {
            by_sink(scores.softmax, &scores.of(row, x), dy)
        })
    }

    /// The gradient of [`Cpu::softmax`], from its result: each within 0.501 ULP of the size of its terms.
    ///
    /// # Errors
    /// As [`Cpu::softmax`]; [`Error::NoBackwardFromOutput`] for logsumexp.
    pub fn softmax_backward_from_output<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<&'a [f32]>>,
        y: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let softmax = softmax.into().softmax;
        let kind = What::Rows(RowKind::Softmax(softmax.kind()), Additions::NONE);
        Operation { what: kind, direction: Direction::BackwardFromOutput }.check()?;
        self.rows(softmax.axis(), [("y", y), ("dy", dy)], ("dx", dx), |_, [y, dy], dx| {
            backward(softmax, y, dy, dx);
        })
    }
}

/// Makes exponents of the elements of rows.
struct Scores<'a> {
    softmax: Softmax,
    bias: Option<(&'a [f32], Strided)>,
    sinks: Option<(&'a [f32], Channels)>,
}

/// Those of one row, and of its sink.
struct Row {
    scores: Vec<f64>,
    sink: Option<f64>,
}

impl<'a> Scores<'a> {
    /// Of what has a result for each element.
    fn by_element(parameters: SoftmaxParameters<&'a [f32]>, elements: usize) -> Result<Self, Error> {
        parameters.softmax.check_elementwise(elements as u64)?;
        Self::new(parameters, elements)
    }

    /// Of what has one for each row.
    fn of_logsumexp(parameters: SoftmaxParameters<&'a [f32]>, elements: usize) -> Result<Self, Error> {
        check_kind(parameters.softmax, RowKind::Softmax(SoftmaxKind::LogSumExp))?;
        Self::new(parameters, elements)
    }

    fn axis(&self) -> Axis {
        self.softmax.axis()
    }

    /// Of a tensor of so many elements, which is checked by itself.
    fn new(
        SoftmaxParameters { softmax, bias, sinks }: SoftmaxParameters<&'a [f32]>,
        elements: usize,
    ) -> Result<Self, Error> {
        let axis = softmax.axis();
        softmax.check_size()?;
        axis.check("x", elements as u64)?;
        let rows = axis.rows(elements as u64).unwrap_or(0);
        let bias = bias.map(|(values, broadcast)| {
            let strided = broadcast.along(axis, rows)?;
            Error::check_length("the bias", strided.count, values.len() as u64)?;
            Ok::<_, Error>((values, strided))
        });
        if let Some((values, channels)) = sinks {
            softmax.kind().check_sinks()?;
            channels.check("x, in rows,", rows)?;
            Error::check_length("the sinks", channels.count(), values.len() as u64)?;
        }
        Ok(Self { softmax, bias: bias.transpose()?, sinks })
    }

    /// Refuses what has no sink.
    fn check_sinks(&self) -> Result<(), Error> {
        let given = self.sinks.is_some() || self.softmax.sink().is_some();
        if given { Ok(()) } else { Err(Error::NoSink { function: self.softmax.kind().name() }) }
    }

    /// Of row number `row`: s x + b, -∞ where it is masked; with noise, of x + G in f32.
    fn of(&self, row: usize, x: &[f32]) -> Row {
        let row = row as u64;
        let scale = f64::from(self.softmax.scale());
        let noise = |element| self.softmax.noise(row, element).unwrap_or(0.0);
        let mut scores: Vec<f64> =
            (0..).zip(x).map(|(element, x)| scale * f64::from(*x + noise(element))).collect();
        if let Some((values, strided)) = self.bias {
            for (element, score) in (0..).zip(&mut scores) {
                let bias = f64::from(values[strided.place(row, element) as usize]);
                *score = if bias == f64::NEG_INFINITY { bias } else { *score + bias };
            }
        }
        if let Some(causal) = self.softmax.causal_mask() {
            let visible = (causal.visible(row) as usize).min(x.len());
            scores[visible..].fill(f64::NEG_INFINITY);
        }
        let own = self.sinks.map(|(values, channels)| values[channels.of(row) as usize]);
        let sink = own.or(self.softmax.sink()).map(|sink| scale * f64::from(sink));
        Row { scores, sink }
    }
}

/// What the elements of a row, s x, come to: how they lie to the largest, how often that occurs, and the sum of what the others are of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exponentials {
    pub(super) top: f64,
    pub(super) ties: f64,
    pub(super) rest: f64,
}

impl Exponentials {
    /// Of a row without NaN, and one more element where there is a sink.
    pub(super) fn of(scores: &[f64], sink: Option<f64>) -> Self {
        let top = scores.iter().chain(&sink).copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut ties, mut rest) = sums(scores, top);
        if let Some(sink) = sink {
            let (tie, part) = sums(&[sink], top);
            ties += tie;
            rest += part;
        }
        Self { top, ties, rest }
    }

    /// Whether all of the row is masked.
    pub(super) fn masked(&self) -> bool {
        self.top == f64::NEG_INFINITY
    }

    /// The part of an element in the sum.
    #[inline(always)]
    pub(super) fn part(&self, score: f64) -> f64 {
        exp(below(score, self.top)).exp / (self.ties + self.rest)
    }

    /// The logarithm of the sum, less the largest.
    pub(super) fn logarithm(&self) -> f64 {
        (self.ties - 1.0 + self.rest).ln_1p()
    }
}

impl Row {
    /// None for a row with NaN.
    fn exponentials(&self) -> Option<Exponentials> {
        let has_nan = self.scores.iter().chain(&self.sink).any(|score| score.is_nan());
        (!has_nan).then(|| Exponentials::of(&self.scores, self.sink))
    }

    /// What every element's gradient has in common: the sum of what arrives, for softmax by its results.
    fn gradients_taken(&self, exponentials: &Exponentials, is_softmax: bool, dy: &[f32]) -> f64 {
        let weight =
            |score: f64| if is_softmax && !exponentials.masked() { exponentials.part(score) } else { 1.0 };
        self.scores.iter().zip(dy).map(|(score, dy)| times(weight(*score), (*dy).into())).sum()
    }
}

/// The gradient by the sink of a row that has one.
fn by_sink(softmax: Softmax, row: &Row, dy: &[f32]) -> f32 {
    if softmax.kind() == SoftmaxKind::Hardmax {
        return 0.0;
    }
    let Some(exponentials) = row.exponentials() else { return f32::NAN };
    let is_softmax = softmax.kind() == SoftmaxKind::Softmax;
    let sum = row.gradients_taken(&exponentials, is_softmax, dy);
    let of = |sink| -f64::from(softmax.scale()) * times(exponentials.part(sink), sum);
    row.sink.filter(|_| !exponentials.masked()).map_or(0.0, of) as f32
}

fn logsumexp(row: &Row) -> f64 {
    match row.exponentials() {
        None => f64::NAN,
        Some(exponentials) if exponentials.masked() => f64::NEG_INFINITY,
        Some(exponentials) => exponentials.top + exponentials.logarithm(),
    }
}

/// dx of softmax's y and of the element's number; 0 where all is masked, NaN where one is.
fn in_parts(row: &Row, dx: &mut [f32], of: impl Fn(f64, usize) -> f64) {
    let Some(exponentials) = row.exponentials() else { return dx.fill(f32::NAN) };
    for (index, (dx, score)) in dx.iter_mut().zip(&row.scores).enumerate() {
        let y = if exponentials.masked() { 0.0 } else { exponentials.part(*score) };
        *dx = of(y, index) as f32;
    }
}

fn backward_from_input(softmax: Softmax, row: &Row, dy: &[f32], dx: &mut [f32]) {
    if let SoftmaxKind::Hardmax | SoftmaxKind::Sparsemax = softmax.kind() {
        let mut y = vec![0.0; dx.len()];
        forward(softmax, row, &mut y);
        return backward(softmax, &y, dy, dx);
    }
    let scale = f64::from(softmax.scale());
    let is_softmax = softmax.kind() == SoftmaxKind::Softmax;
    let Some(exponentials) = row.exponentials() else { return dx.fill(f32::NAN) };
    let sum = row.gradients_taken(&exponentials, is_softmax, dy);
    in_parts(row, dx, |y, index| {
        let dy = f64::from(dy[index]);
        // As an infinite one leaves all others.
        let masked = exponentials.masked() || below(row.scores[index], exponentials.top) == f64::NEG_INFINITY;
        match is_softmax {
            true => scale * times(y, dy - sum),
            false if masked => 0.0,
            false => scale * (dy - times(y, sum)),
        }
    });
}

fn forward(softmax: Softmax, row: &Row, y: &mut [f32]) {
    let Some(exponentials) = row.exponentials() else { return y.fill(f32::NAN) };
    let Exponentials { top, ties, rest } = exponentials;
    match softmax.kind() {
        SoftmaxKind::Softmax if exponentials.masked() => y.fill(0.0),
        SoftmaxKind::Softmax => parts(&row.scores, top, 1.0 / (ties + rest), y),
        SoftmaxKind::Hardmax => {
            let largest = row.scores.iter().position(|score| *score == top && !exponentials.masked());
            let is_largest = |index| if largest == Some(index) { 1.0 } else { 0.0 };
            y.iter_mut().enumerate().for_each(|(index, y)| *y = is_largest(index));
        }
        SoftmaxKind::Sparsemax => {
            let threshold = threshold(&row.scores, top);
            let distances =
                row.scores.iter().map(|score| if exponentials.masked() { -1.0 } else { below(*score, top) });
            y.iter_mut().zip(distances).for_each(|(y, distance)| *y = (distance - threshold).max(0.0) as f32);
        }
        _ => logarithms(&row.scores, top, exponentials.logarithm(), y),
    }
}

/// What sparsemax takes away from what is below the largest, by Newton's iteration: exact once the support is known.
fn threshold(scores: &[f64], top: f64) -> f64 {
    let mut threshold = -1.0;
    loop {
        let support = scores.iter().map(|score| below(*score, top)).filter(|distance| *distance > threshold);
        let (sum, count) = support.fold((0.0, 0.0), |(sum, count), distance| (sum + distance, count + 1.0));
        let next = (sum - 1.0) / count;
        // It only grows, but for what rounding does.
        if next <= threshold {
            return threshold;
        }
        threshold = next;
    }
}

/// Backward from the output: what of dy is not shared by the support.
fn sparse_gradients(scale: f64, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let support = || y.iter().zip(dy).filter(|(y, _)| **y > 0.0).map(|(_, dy)| f64::from(*dy));
    let mean = support().sum::<f64>() / support().count() as f64;
    gradients(y, dy, dx, |y, dy| match y {
        y if y > 0.0 => scale * (dy - mean),
        y if y.is_nan() => y,
        _ => 0.0,
    });
}

/// A score less the largest, 0 where both are infinite.
#[inline(always)]
pub(super) fn below(score: f64, top: f64) -> f64 {
    if score == top { 0.0 } else { score - top }
}

/// How often the largest element occurs, and the sum of what the others are of it.
#[multiversion(targets = "simd")]
fn sums(scores: &[f64], top: f64) -> (f64, f64) {
    let (mut ties, mut rest) = ([0.0; LANES], [0.0; LANES]);
    for chunk in scores.chunks(LANES) {
        for ((ties, rest), score) in ties.iter_mut().zip(&mut rest).zip(chunk) {
            let below = below(*score, top);
            let part = exp(below).exp;
            *ties += if below == 0.0 { 1.0 } else { 0.0 };
            *rest += if below == 0.0 { 0.0 } else { part };
        }
    }
    (ties.iter().sum(), rest.iter().sum())
}

#[multiversion(targets = "simd")]
fn parts(scores: &[f64], top: f64, inverse: f64, y: &mut [f32]) {
    for (y, score) in y.iter_mut().zip(scores) {
        *y = (exp(below(*score, top)).exp * inverse) as f32;
    }
}

#[multiversion(targets = "simd")]
fn logarithms(scores: &[f64], top: f64, logarithm: f64, y: &mut [f32]) {
    for (y, score) in y.iter_mut().zip(scores) {
        let masked = *score == f64::NEG_INFINITY;
        *y = (if masked { *score } else { below(*score, top) - logarithm }) as f32;
    }
}

fn backward(softmax: Softmax, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let scale = f64::from(softmax.scale());
    match softmax.kind() {
        SoftmaxKind::Hardmax => dx.fill(0.0),
        SoftmaxKind::Sparsemax => sparse_gradients(scale, y, dy, dx),
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
