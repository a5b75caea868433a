//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw 2011, and what is drawn with it: as
//! `shaders/math/philox.wgsl`, `shaders/activations/rrelu.wgsl` and `shaders/formulas/dropout.wgsl` do it, to the bit.

/// 128 bits that depend on a counter and a key alone.
fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let multiply = |a: u32, b: u32| {
        let product = u64::from(a) * u64::from(b);
        ((product >> 32) as u32, product as u32)
    };
    let (mut c, mut k) = (counter, key);
    for _ in 0..10 {
        let first = multiply(0xd251_1f53, c[0]);
        let second = multiply(0xcd9e_8d57, c[2]);
        c = [second.0 ^ c[1] ^ k[0], second.1, first.0 ^ c[3] ^ k[1], first.1];
        k = [k[0].wrapping_add(0x9e37_79b9), k[1].wrapping_add(0xbb67_ae85)];
    }
    c
}

/// A number from 0 to below 1, in steps of 2^-24: draw number `draw` of element number `index`.
pub(crate) fn unit(seed: u64, index: u64, draw: u32) -> f32 {
    let words = |value: u64| [value as u32, (value >> 32) as u32];
    let [low, high] = words(index);
    (philox([low, high, draw, 0], words(seed))[0] >> 8) as f32 * 2f32.powi(-24)
}

/// The slope that [`Parameters::drawn`](crate::Parameters::drawn) draws for element number `index`: uniform from `lower` to below
/// `upper`, in steps of 2^-24 of the way.
#[must_use]
pub fn rrelu_slope(seed: u64, index: u64, lower: f32, upper: f32) -> f32 {
    let slope = lower + (upper - lower) * unit(seed, index, 0);
    if slope >= upper { lower } else { slope }
}

#[cfg(test)]
mod tests {
    use super::philox;

    /// The known answers that the authors publish with Random123 (kat_vectors).
    #[test]
    fn known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
