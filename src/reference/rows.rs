//! Functions of rows, exactly: by sums of exponentials that are sorted, smallest first.

use crate::operation::{Softmax, SoftmaxKind};

/// A gradient, and what its error is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowGradient {
    /// The gradient.
    pub value: f64,
    /// The sum of its terms' magnitudes: s yₖ (|dyₖ| + Σⱼ |yⱼ dyⱼ|), or of log_softmax s (|dyₖ| + exp(yₖ) Σⱼ |dyⱼ|).
    pub size: f64,
}

impl Softmax {
    /// The exact results of one row, in f64.
    #[must_use]
    pub fn exact(self, row: &[f64]) -> Vec<f64> {
        let scale = f64::from(self.scale());
        let scaled: Vec<f64> = row.iter().map(|x| x * scale).collect();
        if scaled.iter().any(|x| x.is_nan()) {
            return vec![f64::NAN; row.len()];
        }
        let top = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // x - top, and 0 beside an infinite one.
        let below = |x: f64| if x == top { 0.0 } else { x - top };
        // The products of f32 with the scale are exact in f64, and so are most differences.
        let mut others: Vec<f64> = scaled.iter().filter(|x| **x != top).map(|x| below(*x).exp()).collect();
        others.sort_unstable_by(f64::total_cmp);
        let ties = scaled.len() - others.len();
        let rest: f64 = others.iter().sum();
        let masked = top == f64::NEG_INFINITY;
        let one = |x: f64| match self.kind() {
            SoftmaxKind::Softmax if masked => 0.0,
            SoftmaxKind::Softmax => below(x).exp() / (ties as f64 + rest),
            SoftmaxKind::LogSoftmax if x == f64::NEG_INFINITY => x,
            SoftmaxKind::LogSoftmax => below(x) - (ties.saturating_sub(1) as f64 + rest).ln_1p(),
        };
        scaled.into_iter().map(one).collect()
    }

    /// The exact gradients of one row, in f64, from its results and what arrives at them.
    #[must_use]
    pub fn exact_backward(self, y: &[f64], dy: &[f64]) -> Vec<RowGradient> {
        let scale = f64::from(self.scale());
        // A derivative of 0 stops whatever arrives.
        let times = |a: f64, dy: f64| if a == 0.0 { 0.0 } else { a * dy };
        let weight = |y: f64| if self.kind() == SoftmaxKind::Softmax { y } else { 1.0 };
        let terms = || y.iter().zip(dy).map(|(y, dy)| times(weight(*y), *dy));
        let (sum, size): (f64, f64) = (terms().sum(), terms().map(f64::abs).sum());
        let one = |(y, dy): (&f64, &f64)| match self.kind() {
            SoftmaxKind::Softmax => RowGradient {
                value: scale * times(*y, dy - sum),
                size: scale.abs() * times(*y, dy.abs() + size),
            },
            SoftmaxKind::LogSoftmax if *y == f64::NEG_INFINITY => RowGradient { value: 0.0, size: 0.0 },
            SoftmaxKind::LogSoftmax => RowGradient {
                value: scale * (dy - times(y.exp(), sum)),
                size: scale.abs() * (dy.abs() + times(y.exp(), size)),
            },
        };
        y.iter().zip(dy).map(one).collect()
    }
}
