//! A kernel that is fast and wrong is no result.

use wgpu_activations::verify::{self, Check};
use wgpu_activations::{Activation, Direction, Element};

use crate::inputs::PERIOD;

/// All results against the oracle. Inputs repeat ([`PERIOD`]): later results are those of the first period, bit by bit, or are judged as
/// well (a head or a tail may be another shader's).
pub(crate) fn check<T: Element>(
    activation: Activation,
    direction: Direction,
    x: &[T],
    dy: &[T],
    got: &[T],
) -> Check {
    let first = PERIOD.min(got.len());
    let bits = |at: usize| got[at].to_f32().to_bits();
    let suspects = (PERIOD..got.len()).filter(|&at| bits(at) != bits(at - PERIOD));
    let judged: Vec<usize> = (0..first).chain(suspects).collect();
    let values = |of: &[T]| judged.iter().map(|&at| of[at].to_f32()).collect::<Vec<f32>>();
    verify::judge(activation, direction, T::STORAGE, &values(x), &values(dy), &values(got))
}

#[cfg(test)]
mod tests {
    use wgpu_activations::half::f16;

    use super::*;
    use crate::inputs;

    #[test]
    fn one_wrong_result_is_found_wherever_it_is() {
        let elements = 3 * PERIOD + 17;
        let (x, dy) = (inputs::x(elements), inputs::dy(elements));
        let right: Vec<f32> = x.iter().map(|&x| x.max(0.0)).collect();
        let relu = |got: &[f32]| check(Activation::RELU, Direction::Forward, &x, &dy, got);
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
    fn sixteen_bits_are_rounded_once_and_to_nearest() {
        let x: Vec<f16> = inputs::x(2000).into_iter().map(f16::from_f32).collect();
        let dy = vec![f16::ONE; 2000];
        let exact = |x: &f16| Activation::SIGMOID.exact(x.to_f64()).value as f32;
        let right: Vec<f16> = x.iter().map(|x| f16::from_f32(exact(x))).collect();
        let sigmoid = |got: &[f16]| check(Activation::SIGMOID, Direction::Forward, &x, &dy, got);
        assert!(sigmoid(&right).pass, "{:?}", sigmoid(&right));
        let cut = |x: &f16| f16::from_f32(f32::from_bits(exact(x).to_bits() & !0x1fff));
        let truncated: Vec<f16> = x.iter().map(cut).collect();
        assert!(!sigmoid(&truncated).pass);
        let mut missing = right;
        missing[1999] = f16::NAN;
        assert!(!sigmoid(&missing).pass);
    }

    #[test]
    fn a_gradient_without_its_dy_is_wrong() {
        let (x, dy) = (inputs::x(100), inputs::dy(100));
        let derivative: Vec<f32> = x.iter().map(|&x| f32::from(u8::from(x > 0.0))).collect();
        let right: Vec<f32> = derivative.iter().zip(&dy).map(|(derivative, dy)| derivative * dy).collect();
        let check = |got: &[f32]| check(Activation::RELU, Direction::Backward, &x, &dy, got);
        assert!(check(&right).pass);
        assert!(!check(&derivative).pass);
    }
}
