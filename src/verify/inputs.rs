//! What is fed in: inputs spread over all bit patterns of f32, and gradients.

use crate::storage::{Element, Storage};

/// Inputs for one row: about `count` of them spread evenly over the bit patterns, a quarter as many evenly over the values
/// in [-20, 20], and points that have been wrong elsewhere, each with its neighbours. Always the same ones.
pub(crate) fn stratified(count: u64, kinks: &[f64]) -> Vec<f32> {
    let mut random = Random::new(1);
    let stride = ((1u64 << 32) / count.clamp(1, 1 << 32)).max(1);
    let spread = (0..1u64 << 32).step_by(usize::try_from(stride).unwrap_or(usize::MAX)).map(|first| {
        // One pattern out of each stratum, not always the first: those have zeros for low bits.
        f32::from_bits((first + u64::from(random.next()) % stride) as u32)
    });
    let mut inputs: Vec<f32> = spread.collect();
    inputs.extend((0..count / 4).map(|_| (random.unit() - 0.5) * 40.0));
    // As often as there are special gradients, so that each meets all of them.
    let repeated = |x| [x; SPECIAL_GRADIENTS.len()];
    inputs.extend(
        SPECIAL.iter().chain(kinks).flat_map(|&point| neighbourhood(point as f32)).flat_map(repeated),
    );
    inputs.extend([f32::NAN, f32::from_bits(0xffc0_0000), f32::from_bits(0x7f80_0001)]);
    inputs
}

/// All 65536 numbers of 16 bits, as often as there are special gradients, so that each meets all of them.
pub(crate) fn all_of_16_bits(number: impl Fn(u16) -> f32) -> Vec<f32> {
    (0..=u16::MAX).flat_map(|bits| [number(bits); SPECIAL_GRADIENTS.len()]).collect()
}

/// Boundaries of f32, of its exponential, and of formulas that are in use.
#[rustfmt::skip] // one a line, eighty lines would hide the code
const SPECIAL: &[f64] = &[
    0.0, 1e-45, 1e-40, 1.1754944e-38, 1e-30, 1e-20, 1e-8, 1e-6, 1e-4, 1e-3, 0.1, 0.25, 0.5, 0.55, 0.625,
    0.75179, 1.0, 1.2785, 1.702, 2.0, 2.3994, 3.0, 3.8, 4.0, 5.0, 5.6, 6.0, 7.0, 8.0, 8.317766, 9.0, 10.0,
    12.0, 13.0, 13.2, 14.0, 15.942385, 16.635532, 17.0, 17.32868, 18.0, 20.0, 22.0, 24.0, 30.0, 40.0, 43.7,
    44.0, 44.36, 50.0, 64.0, 80.0, 86.0, 87.0, 87.33654, 87.33655, 88.0, 88.37626, 88.72283, 88.72284, 89.0,
    90.0, 100.0, 103.27893, 103.97208, 104.0, 110.0, 128.0, 1000.0, 99696.09375, 8388608.0, 16777216.0, 1e10,
    1e13, 1e18, 1.8e19, 1.8446744e19, 1e20, 1e30, 1e38, 2e38, 3.4028235e38, f64::INFINITY,
];

/// A point, two steps to each side, and all that again for the other sign.
fn neighbourhood(point: f32) -> impl Iterator<Item = f32> {
    let below = point.next_down();
    let above = point.next_up();
    [below.next_down(), below, point, above, above.next_up()].into_iter().flat_map(|x| [x, -x])
}

/// dy: random signs and mantissas, exponents from -20 to 20, or less far where a storage type has no room for them.
pub(crate) fn gradients(count: usize, largest: u32) -> Vec<f32> {
    let mut random = Random::new(2);
    let gradient = |_| {
        let bits = random.next();
        let exponent = 127 - largest + random.next() % (2 * largest + 1);
        f32::from_bits((bits & 0x807f_ffff) | (exponent << 23))
    };
    (0..count).map(gradient).collect()
}

pub(crate) const LARGEST_EXPONENT: u32 = 20;

/// dy that turn products into NaN, one after the other.
pub(crate) fn special_gradients(count: usize) -> Vec<f32> {
    (0..count).map(|index| SPECIAL_GRADIENTS[index % SPECIAL_GRADIENTS.len()]).collect()
}

const SPECIAL_GRADIENTS: [f32; 4] = [f32::INFINITY, f32::NAN, 0.0, f32::NEG_INFINITY];

/// SplitMix64 (Steele, Lea and Flood 2014): small, and good enough to spread points.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) as u32
    }

    /// In [0, 1).
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 8) as f32 * 2f32.powi(-24)
    }
}

/// The inputs, and the largest exponent of dy.
pub(crate) fn grid(storage: Storage, inputs: u64, kinks: &[f64]) -> (Vec<f32>, u32) {
    match storage {
        Storage::F32 => (stratified(inputs, kinks), LARGEST_EXPONENT),
        Storage::F16 => (all_of_16_bits(|bits| of_bits(storage, bits)), 10),
        Storage::Bf16 => (all_of_16_bits(|bits| of_bits(storage, bits)), LARGEST_EXPONENT),
    }
}

/// The number of these bits, of a 16-bit type.
pub(crate) fn of_bits(storage: Storage, bits: u16) -> f32 {
    match storage {
        Storage::F16 => half::f16::from_bits(bits).to_f32(),
        _ => half::bf16::from_bits(bits).to_f32(),
    }
}

/// The nearest numbers that the type holds.
pub(crate) fn held<T: Element>(values: Vec<f32>) -> Vec<f32> {
    if T::STORAGE == Storage::F32 { values } else { wide(&narrow::<T>(&values)) }
}

/// The nearest number that a type holds.
pub(crate) fn rounded(storage: Storage, value: f32) -> f32 {
    match storage {
        Storage::F32 => value,
        Storage::F16 => half::f16::from_f32(value).to_f32(),
        Storage::Bf16 => half::bf16::from_f32(value).to_f32(),
    }
}

/// All at once: a run converts hundreds of millions.
pub(crate) fn narrow<T: Element>(values: &[f32]) -> Vec<T> {
    let mut narrow = vec![T::zeroed(); values.len()];
    T::narrow(values, &mut narrow);
    narrow
}

pub(crate) fn wide<T: Element>(values: &[T]) -> Vec<f32> {
    let mut wide = vec![0.0; values.len()];
    T::widen(values, &mut wide);
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exponent_and_sign_is_met() {
        let inputs = stratified(1 << 16, &[0.3]);
        let mut met = [false; 512];
        for x in &inputs {
            met[(x.to_bits() >> 23) as usize] = true;
        }
        assert!(met.iter().all(|&met| met));
        assert!(inputs.contains(&0.3) && inputs.contains(&0.3f32.next_up()));
        assert!(inputs.len() >= 1 << 16);
    }

    #[test]
    fn gradients_span_their_exponents() {
        let gradients = gradients(10_000, LARGEST_EXPONENT);
        let exponent = |dy: &f32| dy.abs().log2().floor() as i32;
        assert_eq!(gradients.iter().map(exponent).min(), Some(-20));
        assert_eq!(gradients.iter().map(exponent).max(), Some(20));
        assert!(gradients.iter().any(|dy| *dy < 0.0));
    }
}
