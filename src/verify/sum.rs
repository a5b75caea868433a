//! Gradients of parameters against sums in f64.

use crate::activation::{Activation, Bound};
use crate::error::Error;
use crate::parameters::Channels;
use crate::storage::Element;
use crate::sum::parameter_gradient_error;
use crate::verify::case::Case;
use crate::verify::subject::Subject;
use crate::verify::ulp::Statistics;
use crate::verify::{check_complete, held, inputs};

/// Sums that are computed at once, one for each channel, all with the same parameters.
const CHANNELS: usize = 1 << 10;
/// Terms of each.
const TERMS: usize = 1 << 10;

/// An ulp of a sum is that of the sum of its terms' magnitudes, taken as 2^-23 of it: the documented bound, and what the terms
/// themselves may be off.
pub(super) fn bound(activation: &Activation, index: usize) -> Bound {
    let summing = parameter_gradient_error(TERMS as u64) / ULP;
    Bound::ulp(summing + activation.budget_by_parameter(index).ulp)
}

const ULP: f64 = 1.0 / (1 << 23) as f64;

/// The channels that a subject computes for such a case.
pub(super) const fn channels() -> Channels {
    Channels::new(CHANNELS as u64, 1)
}

/// Sums for the parameter of this position, over x in [-8, 8] and dy of either sign. Statistics name the input of a sum's first term.
pub(super) async fn check<T: Element>(
    subject: &impl Subject,
    case: &Case,
    index: usize,
) -> Result<Statistics, Error> {
    let mut random = inputs::Random::new(3);
    let x: Vec<f32> = (0..CHANNELS * TERMS).map(|_| held::<T>((random.unit() - 0.5) * 16.0)).collect();
    let dy: Vec<f32> = inputs::gradients(x.len(), 4).into_iter().map(held::<T>).collect();
    let got = subject.compute(case, [&x, &dy]).await?;
    check_complete(&got, CHANNELS)?;
    let mut sums = vec![(0.0, 0.0); CHANNELS];
    for (element, (x, dy)) in x.iter().zip(&dy).enumerate() {
        let derivative = case.activation.exact_by_parameter(index, f64::from(*x)).unwrap_or(f64::NAN);
        let term = derivative * f64::from(*dy);
        let (sum, magnitude) = &mut sums[element % CHANNELS];
        (*sum, *magnitude) = (*sum + term, *magnitude + term.abs());
    }
    let mut statistics = Statistics::default();
    for (channel, ((exact, magnitude), got)) in sums.into_iter().zip(got).enumerate() {
        let off = (f64::from(got) - exact).abs() / (ULP * magnitude);
        let error = if off.is_nan() { f64::INFINITY } else { off };
        statistics.add(error, x[channel], dy[channel], got, exact);
    }
    Ok(statistics)
}
