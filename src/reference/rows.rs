//! Functions of rows, exactly: by sums of exponentials that are sorted, smallest first.

use crate::operation::{CrossEntropy, Softmax, SoftmaxKind};

/// A gradient, and what its error is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowGradient {
    /// The gradient.
    pub value: f64,
    /// The sum of its terms' magnitudes: s yₖ (|dyₖ| + Σⱼ |yⱼ dyⱼ|), or of log_softmax s (|dyₖ| + exp(yₖ) Σⱼ |dyⱼ|). Of the others it is in
    /// the documentation of their kernels.
    pub size: f64,
}

/// What a row of logits is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowTarget<'a> {
    /// The number of an element.
    Label(u32),
    /// A probability for each.
    Probabilities(&'a [f64]),
}

impl RowTarget<'_> {
    fn of(&self, index: usize) -> f64 {
        match *self {
            Self::Label(label) => f64::from(u8::from(label as usize == index)),
            Self::Probabilities(p) => p[index],
        }
    }
}

/// A derivative of 0 stops whatever arrives.
fn times(a: f64, dy: f64) -> f64 {
    if a == 0.0 { 0.0 } else { a * dy }
}

/// A row without NaN, scaled: how far each element is below the largest, and what the others add to the sum of exponentials, which are
/// added smallest first.
struct Scaled {
    top: f64,
    below: Vec<f64>,
    ties: f64,
    rest: f64,
}

/// The elements of a row, and what goes with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowElements<'a> {
    /// The elements.
    pub x: &'a [f64],
    /// What is added to each, if anything: empty, or as many.
    pub bias: &'a [f64],
    /// The row's own sink, in place of the softmax's.
    pub sink: Option<f64>,
}

impl<'a> From<&'a [f64]> for RowElements<'a> {
    fn from(x: &'a [f64]) -> Self {
        Self { x, bias: &[], sink: None }
    }
}

impl<'a> From<&'a Vec<f64>> for RowElements<'a> {
    fn from(x: &'a Vec<f64>) -> Self {
        x.as_slice().into()
    }
}

impl RowElements<'_> {
    /// s x + b, exact in f64 as far as it matters.
    fn scores(self, scale: f64) -> Vec<f64> {
        let scaled = self.x.iter().map(|x| x * scale);
        let bias = self.bias.iter().copied().chain(std::iter::repeat(0.0));
        let score = |(scaled, bias): (f64, f64)| if bias == f64::NEG_INFINITY { bias } else { scaled + bias };
        scaled.zip(bias).map(score).collect()
    }
}

impl Scaled {
    /// Of a softmax; None for a row with NaN.
    fn of(softmax: Softmax, row: RowElements<'_>) -> Option<Self> {
        let scale = f64::from(softmax.scale());
        let sink = row.sink.or(softmax.sink().map(f64::from));
        Self::new(row.scores(scale), sink.map(|sink| scale * sink))
    }

    /// None for a row with NaN.
    fn new(scaled: Vec<f64>, sink: Option<f64>) -> Option<Self> {
        if scaled.iter().chain(&sink).any(|x| x.is_nan()) {
            return None;
        }
        let top = scaled.iter().chain(&sink).copied().fold(f64::NEG_INFINITY, f64::max);
        // x - top, and 0 beside an infinite one.
        let below_top = |x: &f64| if *x == top { 0.0 } else { x - top };
        let below: Vec<f64> = scaled.iter().map(below_top).collect();
        let all = scaled.iter().chain(&sink).map(below_top);
        let mut others: Vec<f64> = all.clone().filter(|x| *x != 0.0).map(f64::exp).collect();
        others.sort_unstable_by(f64::total_cmp);
        let (ties, rest) = ((all.count() - others.len()) as f64, others.iter().sum());
        Some(Self { top, below, ties, rest })
    }

    fn masked(&self) -> bool {
        self.top == f64::NEG_INFINITY
    }

    fn softmax(&self, index: usize) -> f64 {
        if self.masked() { 0.0 } else { self.below[index].exp() / (self.ties + self.rest) }
    }

    /// The first element that is as large as any, if it is no sink.
    fn first_largest(&self) -> Option<usize> {
        self.below.iter().position(|below| *below == 0.0)
    }

    /// What sparsemax takes away from what is below the largest: from the sorted elements.
    fn threshold(&self) -> f64 {
        let mut sorted = self.below.clone();
        sorted.sort_unstable_by(|one, other| other.total_cmp(one));
        let (mut sum, mut threshold) = (0.0, -1.0);
        for (count, below) in (1_u32..).zip(sorted) {
            sum += below;
            let next = (sum - 1.0) / f64::from(count);
            if below <= next {
                break;
            }
            threshold = next;
        }
        threshold
    }

    /// 1 less the softmax of the largest element.
    fn beside_largest(&self) -> f64 {
        (self.ties - 1.0 + self.rest) / (self.ties + self.rest)
    }

    /// Of the sum, less the largest element.
    fn logarithm(&self) -> f64 {
        (self.ties - 1.0 + self.rest).ln_1p()
    }
}

impl Softmax {
    /// The f32 elements of row number `number` with their noise, and as a causal mask leaves them; all others here take a row as it is.
    #[must_use]
    pub fn seen(self, number: u64, mut row: Vec<f64>) -> Vec<f64> {
        for (element, x) in (0..).zip(&mut row) {
            // As it is defined: their sum is rounded.
            *x = self.noise(number, element).map_or(*x, |noise| f64::from(*x as f32 + noise));
        }
        if let Some(causal) = self.causal_mask() {
            let masked = f64::NEG_INFINITY * f64::from(self.scale().signum());
            row.iter_mut().skip(causal.visible(number) as usize).for_each(|x| *x = masked);
        }
        row
    }

    /// The exact results of one row, in f64; of logsumexp the only one.
    #[must_use]
    pub fn exact<'a>(self, row: impl Into<RowElements<'a>>) -> Vec<f64> {
        let row = row.into();
        let count = if self.kind() == SoftmaxKind::LogSumExp { 1 } else { row.x.len() };
        let Some(scaled) = Scaled::of(self, row) else { return vec![f64::NAN; count] };
        let first = if self.kind() == SoftmaxKind::Hardmax { scaled.first_largest() } else { None };
        let threshold = if self.kind() == SoftmaxKind::Sparsemax { scaled.threshold() } else { 0.0 };
        let one = |index: usize| match self.kind() {
            SoftmaxKind::Softmax => scaled.softmax(index),
            SoftmaxKind::Hardmax | SoftmaxKind::Sparsemax if scaled.masked() => 0.0,
            _ if scaled.masked() => f64::NEG_INFINITY,
            SoftmaxKind::LogSoftmax => scaled.below[index] - scaled.logarithm(),
            SoftmaxKind::LogSumExp => scaled.top + scaled.logarithm(),
            SoftmaxKind::Hardmax => f64::from(u8::from(first == Some(index))),
            SoftmaxKind::Sparsemax => (scaled.below[index] - threshold).max(0.0),
        };
        (0..count).map(one).collect()
    }

    /// What the error of a row's results is measured by: of logsumexp, |s max x| + log Σⱼ exp(s xⱼ - s max x), of sparsemax |s xₖ - s max x| (1
    /// where that is more) + |t - s max x|, else each by itself.
    #[must_use]
    pub fn exact_sizes<'a>(self, row: impl Into<RowElements<'a>>) -> Vec<f64> {
        let row = row.into();
        match (self.kind(), Scaled::of(self, row)) {
            (SoftmaxKind::LogSumExp, Some(scaled)) => vec![scaled.top.abs() + scaled.logarithm()],
            (SoftmaxKind::Sparsemax, Some(scaled)) => {
                let threshold = scaled.threshold().abs();
                scaled.below.iter().map(|below| below.abs().min(1.0) + threshold).collect()
            }
            _ => self.exact(row).into_iter().map(f64::abs).collect(),
        }
    }

    /// The exact gradients of one row, in f64, from its elements and what arrives at its results; of logsumexp, at the only one.
    #[must_use]
    pub fn exact_backward_from_input<'a>(
        self,
        row: impl Into<RowElements<'a>>,
        dy: &[f64],
    ) -> Vec<RowGradient> {
        let row = row.into();
        let count = row.x.len();
        let Some(scaled) = Scaled::of(self, row).filter(|_| self.kind() != SoftmaxKind::Hardmax) else {
            let value = if self.kind() == SoftmaxKind::Hardmax { 0.0 } else { f64::NAN };
            return vec![RowGradient { value, size: value }; count];
        };
        match self.kind() {
            SoftmaxKind::LogSumExp => {
                let value = |index| times(scaled.softmax(index), f64::from(self.scale()) * dy[0]);
                let gradient = |value: f64| RowGradient { value, size: value.abs() };
                (0..count).map(value).map(gradient).collect()
            }
            _ => self.exact_backward(&self.exact(row), dy),
        }
    }

    /// The exact gradient of one row of softmax or its logarithm by its sink, in f64.
    #[must_use]
    pub fn exact_backward_by_sink<'a>(self, row: impl Into<RowElements<'a>>, dy: &[f64]) -> RowGradient {
        let row = row.into();
        let scale = f64::from(self.scale());
        let sink = row.sink.or(self.sink().map(f64::from));
        let (none, undefined) = [0.0, f64::NAN].map(|value| RowGradient { value, size: value }).into();
        if self.kind() == SoftmaxKind::Hardmax {
            return none;
        }
        let Some((scaled, sink)) = Scaled::of(self, row).zip(sink) else { return undefined };
        if scaled.masked() {
            return none;
        }
        let part = (scale * sink - scaled.top).exp() / (scaled.ties + scaled.rest);
        let weight = |index| if self.kind() == SoftmaxKind::Softmax { scaled.softmax(index) } else { 1.0 };
        let terms = || dy.iter().enumerate().map(|(index, dy)| times(weight(index), *dy));
        let (sum, size): (f64, f64) = (terms().sum(), terms().map(f64::abs).sum());
        RowGradient { value: -scale * times(part, sum), size: scale.abs() * times(part, size) }
    }

    /// The exact gradients of one row of softmax or its logarithm, in f64, from its results and what arrives at them.
    #[must_use]
    pub fn exact_backward(self, y: &[f64], dy: &[f64]) -> Vec<RowGradient> {
        let scale = f64::from(self.scale());
        match self.kind() {
            SoftmaxKind::Hardmax => return vec![RowGradient { value: 0.0, size: 0.0 }; y.len()],
            SoftmaxKind::Sparsemax => return sparse_gradients(scale, y, dy),
            _ => {}
        }
        let weight = |y: f64| if self.kind() == SoftmaxKind::Softmax { y } else { 1.0 };
        let terms = || y.iter().zip(dy).map(|(y, dy)| times(weight(*y), *dy));
        let (sum, size): (f64, f64) = (terms().sum(), terms().map(f64::abs).sum());
        let one = |(y, dy): (&f64, &f64)| match self.kind() {
            SoftmaxKind::Softmax => RowGradient {
                value: scale * times(*y, dy - sum),
                size: scale.abs() * times(*y, dy.abs() + size),
            },
            _ if *y == f64::NEG_INFINITY => RowGradient { value: 0.0, size: 0.0 },
            _ => RowGradient {
                value: scale * (dy - times(y.exp(), sum)),
                size: scale.abs() * (dy.abs() + times(y.exp(), size)),
            },
        };
        y.iter().zip(dy).map(one).collect()
    }
}

/// Of sparsemax: what of dy is not shared by the support.
fn sparse_gradients(scale: f64, y: &[f64], dy: &[f64]) -> Vec<RowGradient> {
    let support = || y.iter().zip(dy).filter(|(y, _)| **y > 0.0).map(|(_, dy)| *dy);
    let count = support().count() as f64;
    let (mean, size) = (support().sum::<f64>() / count, support().map(f64::abs).sum::<f64>() / count);
    let one = |(y, dy): (&f64, &f64)| match *y {
        y if y.is_nan() => RowGradient { value: y, size: y },
        y if y > 0.0 => RowGradient { value: scale * (dy - mean), size: scale.abs() * (dy.abs() + size) },
        _ => RowGradient { value: 0.0, size: 0.0 },
    };
    y.iter().zip(dy).map(one).collect()
}

impl CrossEntropy {
    /// The target's weights of a row.
    fn exact_weights(self, count: usize, target: RowTarget<'_>) -> Vec<f64> {
        let smoothing = f64::from(self.smoothing());
        (0..count).map(|index| (1.0 - smoothing) * target.of(index) + smoothing / count as f64).collect()
    }

    /// What rows whose label does not count, or is none, come to.
    fn exact_outside(self, count: usize, target: RowTarget<'_>) -> Option<f64> {
        match target {
            RowTarget::Label(label) if label == self.ignored() => Some(0.0),
            RowTarget::Label(label) if label as usize >= count => Some(f64::NAN),
            _ => None,
        }
    }

    /// The exact loss of one row, in f64. No terms cancel, if no probability is negative.
    #[must_use]
    pub fn exact(self, row: &[f64], target: RowTarget<'_>) -> f64 {
        if let Some(outside) = self.exact_outside(row.len(), target) {
            return outside;
        }
        match Scaled::new(RowElements::from(row).scores(self.scale().into()), None) {
            None => f64::NAN,
            Some(scaled) if scaled.masked() => f64::INFINITY,
            Some(scaled) => {
                let weights = self.exact_weights(row.len(), target);
                weights
                    .iter()
                    .zip(&scaled.below)
                    .map(|(t, below)| times(*t, scaled.logarithm() - below))
                    .sum()
            }
        }
    }

    /// The exact gradients of one row of logits, in f64, with what arrives at its loss.
    #[must_use]
    pub fn exact_backward(self, row: &[f64], target: RowTarget<'_>, dy: f64) -> Vec<RowGradient> {
        let all = |value: f64| vec![RowGradient { value, size: value }; row.len()];
        if let Some(outside) = self.exact_outside(row.len(), target) {
            return all(outside);
        }
        let scale = f64::from(self.scale());
        let Some(scaled) = Scaled::new(RowElements::from(row).scores(scale), None) else {
            return all(f64::NAN);
        };
        let weights = self.exact_weights(row.len(), target);
        let sum: f64 = weights.iter().sum();
        let sharp = self.smoothing() == 0.0 && matches!(target, RowTarget::Label(_));
        let one = |(index, t): (usize, &f64)| {
            if row[index] * scale == f64::NEG_INFINITY {
                return RowGradient { value: 0.0, size: 0.0 };
            }
            let y = scaled.softmax(index);
            // Each of them has its digits where the other one has lost some.
            let difference = if scaled.below[index] == 0.0 {
                (sum - t) - sum * scaled.beside_largest()
            } else {
                sum * y - t
            };
            let size = if sharp { difference.abs() } else { sum * y + t.abs() };
            RowGradient { value: scale * times(difference, dy), size: (scale * times(size, dy)).abs() }
        };
        weights.iter().enumerate().map(one).collect()
    }
}
