//! A kernel that is fast and wrong is no result.

use wgpu_activations::verify::{self, Check};
use wgpu_activations::{Activation, Direction, Element, Exact, Storage};

use crate::inputs::PERIOD;

/// How far results are off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// The largest error, in ulp of the storage type.
    pub(crate) max_ulp: f64,
    /// Whether all are within what is allowed.
    pub(crate) pass: bool,
}

/// All results against the oracle. Inputs repeat ([`PERIOD`]): later results are those of the first period, bit by bit, or are judged as
/// well (a head or a tail may be another shader's).
pub(crate) fn check<T: Element>(
    activation: Activation,
    direction: Direction,
    x: &[T],
    dy: &[T],
    got: &[T],
) -> Verdict {
    let first = PERIOD.min(got.len());
    let bits = |at: usize| got[at].to_f32().to_bits();
    let suspects = (PERIOD..got.len()).filter(|&at| bits(at) != bits(at - PERIOD));
    let judged: Vec<usize> = (0..first).chain(suspects).collect();
    let values = |of: &[T]| judged.iter().map(|&at| of[at].to_f32()).collect::<Vec<f32>>();
    let (x, dy, got) = (values(x), values(dy), values(got));
    match T::STORAGE {
        Storage::F32 => {
            let Check { max_ulp, pass, .. } = verify::judge(activation, direction, T::STORAGE, &x, &dy, &got);
            Verdict { max_ulp, pass }
        }
        storage => rounded(activation, direction, storage, &x, &dy, &got),
    }
}

/// 16 bits: the exact value, rounded; but for the error that the f32 before may have.
fn rounded(
    activation: Activation,
    direction: Direction,
    storage: Storage,
    x: &[f32],
    dy: &[f32],
    got: &[f32],
) -> Verdict {
    const ROUNDED: f64 = 0.51;
    // Beside a zero of a derivative, where terms of 1 cancel, f32 has an absolute error.
    const CANCELLED: f64 = 1.5e-8; // 2^-26
    let (digits, smallest) = if storage == Storage::F16 { (11, -14) } else { (8, -126) };
    let mut verdict = Verdict { max_ulp: 0.0, pass: !got.is_empty() };
    for ((&x, &dy), &got) in x.iter().zip(dy).zip(got) {
        let Exact { value, derivative, .. } = activation.exact(x.into());
        let (exact, scale) = match direction {
            Direction::Forward => (value, 1.0),
            _ => (derivative * f64::from(dy), f64::from(dy).abs()),
        };
        let exponent =
            if exact == 0.0 { smallest } else { exact.abs().log2().floor().max(smallest.into()) as i32 };
        let ulp = 2f64.powi(exponent - (digits - 1));
        let error = (f64::from(got) - exact).abs();
        let right = error <= ROUNDED * ulp + CANCELLED * scale;
        // NaN is as wrong as can be.
        verdict.max_ulp = verdict.max_ulp.max(if error.is_nan() { f64::INFINITY } else { error / ulp });
        verdict.pass &= right;
    }
    verdict
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
