//! What results are compared with.

use crate::reference::Exact;
use crate::table::Activation;

/// What results are compared with. The table's oracle, but for the tests that see the harness fail.
pub trait Oracle: Sync {
    /// f(x) and f'(x).
    fn exact(&self, activation: &Activation, x: f64) -> Exact;

    /// f(x) and f'(x) at many points, into as many results.
    fn exact_each(&self, activation: &Activation, points: &[f64], results: &mut [Exact]) {
        for (&x, result) in points.iter().zip(results) {
            *result = self.exact(activation, x);
        }
    }

    /// f'(f⁻¹(y)); NaN where it is not a function of y.
    fn exact_from_output(&self, activation: &Activation, y: f64) -> f64 {
        activation.exact_from_output(y).unwrap_or(f64::NAN)
    }
}

/// The oracle of the table: [`Activation::exact`].
#[derive(Debug, Clone, Copy)]
pub struct Table;

impl Oracle for Table {
    fn exact(&self, activation: &Activation, x: f64) -> Exact {
        activation.exact(x)
    }

    fn exact_each(&self, activation: &Activation, points: &[f64], results: &mut [Exact]) {
        activation.exact_each(points, results);
    }
}
