//! Gradients of parameters against sums in f64.

use crate::error::Error;
use crate::operation::Function;
use crate::storage::Element;
use crate::verify::case::{Case, SUMS, TERMS, ULP_OF_SUM};
use crate::verify::inputs::{self, held};
use crate::verify::subject::{Operands, Subject, check_complete};
use crate::verify::ulp::Statistics;

/// Sums for the parameter of this position, over x in [-8, 8] and dy of either sign. Statistics name the input of a sum's first term.
pub(super) async fn check<T: Element>(
    subject: &impl Subject,
    case: &Case,
    index: usize,
) -> Result<Statistics, Error> {
    let mut random = inputs::Random::new(3);
    let mut draw = |width: f32| held::<T>((0..SUMS * TERMS).map(|_| (random.unit() - 0.5) * width).collect());
    let x = draw(16.0);
    let dy = held::<T>(inputs::gradients(x.len(), 4));
    let gated = matches!(case.function, Function::Gate(_));
    let value = if gated { draw(4.0) } else { vec![1.0; x.len()] };
    let got = subject.compute(case, Operands { at: &x, dy: &dy, value: &value }).await?;
    check_complete(&got, SUMS)?;
    let mut sums = vec![(0.0, 0.0); SUMS];
    for (element, ((x, dy), value)) in x.iter().zip(&dy).zip(&value).enumerate() {
        let derivative = case.activation().and_then(|it| it.exact_by_parameter(index, f64::from(*x)));
        let term = derivative.unwrap_or(f64::NAN) * f64::from(*value) * f64::from(*dy);
        let (sum, magnitude) = &mut sums[element % SUMS];
        (*sum, *magnitude) = (*sum + term, *magnitude + term.abs());
    }
    let mut statistics = Statistics::default();
    for (channel, ((exact, magnitude), got)) in sums.into_iter().zip(got).enumerate() {
        let off = (f64::from(got) - exact).abs() / (ULP_OF_SUM * magnitude);
        let error = if off.is_nan() { f64::INFINITY } else { off };
        statistics.add(error, x[channel], dy[channel], got, exact);
    }
    Ok(statistics)
}
