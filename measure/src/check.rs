//! A kernel that is fast and wrong is no result.

use wgpu_activations::verify::{self, Check};
use wgpu_activations::{Activation, Direction, Storage};

use crate::inputs::PERIOD;

/// All results against the oracle, within the table's budget. Inputs repeat ([`PERIOD`]): later results are those of the first period,
/// bit by bit, or are computed anew as well (a head or a tail may be another shader's).
pub(crate) fn check(
    activation: Activation,
    direction: Direction,
    storage: Storage,
    x: &[f32],
    dy: &[f32],
    got: &[f32],
) -> Check {
    let first = PERIOD.min(got.len());
    let suspects = (PERIOD..got.len()).filter(|&at| got[at].to_bits() != got[at - PERIOD].to_bits());
    let judged: Vec<usize> = (0..first).chain(suspects).collect();
    let values = |of: &[f32]| judged.iter().map(|&at| of[at]).collect::<Vec<f32>>();
    verify::judge(activation, direction, storage, &values(x), &values(dy), &values(got))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs;

    #[test]
    fn one_wrong_result_is_found_wherever_it_is() {
        let elements = 3 * PERIOD + 17;
        let (x, dy) = (inputs::x(elements), inputs::dy(elements));
        let right: Vec<f32> = x.iter().map(|&x| x.max(0.0)).collect();
        let relu = |got: &[f32]| check(Activation::RELU, Direction::Forward, Storage::F32, &x, &dy, got);
        assert!(relu(&right).pass);
        for wrong in [0, PERIOD - 1, PERIOD, 2 * PERIOD + 5, elements - 1] {
            for value in [x[wrong].max(0.0) + 1e-6, f32::NAN] {
                let mut got = right.clone();
                got[wrong] = value;
                assert!(!relu(&got).pass, "{value} at {wrong}");
            }
        }
    }

    #[test]
    fn a_gradient_without_its_dy_is_wrong() {
        let (x, dy) = (inputs::x(100), inputs::dy(100));
        let derivative: Vec<f32> = x.iter().map(|&x| f32::from(u8::from(x > 0.0))).collect();
        let right: Vec<f32> = derivative.iter().zip(&dy).map(|(derivative, dy)| derivative * dy).collect();
        let check = |got: &[f32]| check(Activation::RELU, Direction::Backward, Storage::F32, &x, &dy, got);
        assert!(check(&right).pass);
        assert!(!check(&derivative).pass);
    }
}
