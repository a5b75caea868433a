//! A loop in two steps, for a value with more operations than a CPU has underway at once.

use multiversion::multiversion;

use super::math::keep_nan;
use super::scalar::Values;

/// What the first step of a value leaves to the second.
pub(super) type Halfway = [f64; 4];

/// A value without parameters, in two steps.
pub(super) trait InSteps {
    fn begin(x: f64) -> Halfway;

    /// f(x), of the first step's.
    fn end(halfway: Halfway) -> f64;
}

/// How many elements a step takes at once.
const STEP: usize = 64;

/// A column for each number, which begins where a register's worth of memory does.
#[repr(align(64))]
struct Aligned<const N: usize>([[f64; STEP]; N]);

/// The forward loop of a function with more operations than a CPU has underway at once. By the time it could begin with the next
/// elements, it waits for the long chain of these; in two steps it has several chains, half as long. What the second reads and writes
/// is f64 alone: so a turn of its loop has one vector, and divisions come one at a time, where two in a row block their unit.
/// Of gelu_erf's time that is a seventh with AVX-512, a fifth with SSE2, and nothing with AVX2.
/// Rejected: the division as a step of its own, whose unit then works while others wait, and one loop for the second step of these
/// elements and the first of the next; neither was faster.
#[multiversion(targets = "simd")]
pub(super) fn run_in_steps<F: InSteps>(_: &Values, [x]: [&[f32]; 1], [y]: [&mut [f32]; 1]) {
    let mut columns = Aligned([[0.0; STEP]; 4]);
    let mut results = Aligned([[0.0; STEP]; 1]);
    let (columns, [results]) = (&mut columns.0, &mut results.0);
    for (x, y) in x.chunks(STEP).zip(y.chunks_mut(STEP)) {
        // Says that no index lies outside.
        let elements = x.len().min(y.len()).min(STEP);
        let (x, y) = (&x[..elements], &mut y[..elements]);
        for index in 0..elements {
            let halfway = F::begin(x[index].into());
            for part in 0..4 {
                columns[part][index] = halfway[part];
            }
        }
        for index in 0..elements {
            let mut halfway = [0.0; 4];
            for part in 0..4 {
                halfway[part] = columns[part][index];
            }
            results[index] = F::end(halfway);
        }
        for index in 0..elements {
            y[index] = keep_nan(x[index], results[index]);
        }
    }
}
