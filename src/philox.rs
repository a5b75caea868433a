//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw 2011, and what is drawn with it: as
//! `shaders/math/philox.wgsl`, `shaders/activations/rrelu.wgsl`, `shaders/formulas/dropout.wgsl` and `shaders/math/gumbel.wgsl` do it, to the bit.

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

/// Low word first.
fn words(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// Neighbours that share a counter: as many as words come of it.
pub(crate) const TOGETHER: u64 = 4;

/// What a seed draws: draw number `draw` of each element. Neighbours that share a counter are best asked for one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    seed: u64,
    draw: u32,
    /// Of which four these are.
    four: u64,
    words: [u32; 4],
}

impl Draws {
    pub(crate) fn new(seed: u64, draw: u32) -> Self {
        Self { seed, draw, four: 0, words: Self::of_four(seed, draw, 0) }
    }

    fn of_four(seed: u64, draw: u32, four: u64) -> [u32; 4] {
        let [low, high] = words(four);
        philox([low, high, draw, 0], words(seed))
    }

    /// The 24 bits of element number `index`.
    fn bits(&mut self, index: u64) -> u32 {
        let (four, place) = (index / TOGETHER, (index % TOGETHER) as usize);
        if four != self.four {
            (self.four, self.words) = (four, Self::of_four(self.seed, self.draw, four));
        }
        self.words[place] >> 8
    }

    /// A number from 0 to below 1, in steps of 2^-24.
    pub(crate) fn unit(&mut self, index: u64) -> f32 {
        self.bits(index) as f32 * 2f32.powi(-24)
    }

    /// A slope of rrelu.
    pub(crate) fn slope(&mut self, index: u64, lower: f32, upper: f32) -> f32 {
        let slope = lower + (upper - lower) * self.unit(index);
        if slope >= upper { lower } else { slope }
    }
}

/// The slope that [`Parameters::drawn`](crate::Parameters::drawn) draws for element number `index`: uniform from `lower` to below
/// `upper`, in steps of 2^-24 of the way.
#[must_use]
pub fn rrelu_slope(seed: u64, index: u64, lower: f32, upper: f32) -> f32 {
    Draws::new(seed, 0).slope(index, lower, upper)
}

/// The Gumbel noise that [`Softmax::with_gumbel_noise`](crate::Softmax::with_gumbel_noise) draws for element number `index` of a tensor: -log(-log u),
/// where u is one of the odd multiples of 2^-24 between 0 and 1. It is within 1.3 ULP of its size, or of 1 where that is larger, and
/// lies between -2.82 and 16.64.
#[must_use]
pub fn gumbel_noise(seed: u64, index: u64) -> f32 {
    gumbel(Draws::new(seed, 0).bits(index) | 1)
}

/// -log(-log u) of so many 2^-24.
fn gumbel(count: u32) -> f32 {
    -log(-log(count as f32 * 2f32.powi(-24)))
}

/// As `math_gumbel_log`, step by step; the highest coefficient first.
fn log(x: f32) -> f32 {
    const COEFFICIENTS: [f32; 10] = [
        9.925_725e-5,
        -0.076_489_68,
        0.128_542_62,
        -0.132_136_78,
        0.141_859_56,
        -0.166_114_85,
        0.200_019_24,
        -0.250_015_83,
        0.333_333_25,
        -0.499_999_88,
    ];
    let exponent = (x.to_bits().wrapping_sub(0x3f35_04f3)).cast_signed() >> 23;
    let f = f32::from_bits(x.to_bits().wrapping_sub(exponent.cast_unsigned() << 23)) - 1.0;
    let q = COEFFICIENTS.into_iter().reduce(|q, coefficient| coefficient + f * q).unwrap_or(0.0);
    let exponent = exponent as f32;
    let small = f + (f * f * q + exponent * -0.000_212_194_44);
    exponent * (355.0 / 512.0) + small
}

#[cfg(test)]
mod tests {
    use super::{Draws, gumbel, gumbel_noise, philox};

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

    #[test]
    fn four_elements_share_a_counter() {
        let seed = 0x299f_31d0_a409_3822;
        let mut draws = Draws::new(seed, 5);
        for four in [0, 1, 2, u64::from(u32::MAX), 1 << 32, u64::MAX / 4, 3] {
            let words = philox([four as u32, (four >> 32) as u32, 5, 0], [seed as u32, (seed >> 32) as u32]);
            let drawn: Vec<u32> = (0..4).map(|place| draws.bits(4 * four + place)).collect();
            assert_eq!(drawn, words.map(|word| word >> 8));
        }
    }

    /// Every number that may be drawn.
    #[test]
    fn gumbel_noise_is_within_its_bound() {
        let (mut worst, mut last) = (0.0_f64, f32::NEG_INFINITY);
        for count in (1..1 << 24).step_by(2) {
            let (got, exact) = (gumbel(count), -(-(f64::from(count) * 2f64.powi(-24)).ln()).ln());
            let ulp = 2f64.powi((exact.abs().max(1.0).log2().floor() as i32) - 23);
            worst = worst.max((f64::from(got) - exact).abs() / ulp);
            assert!(got >= last || f64::from(last - got) <= ulp, "{count}");
            last = got;
        }
        assert!(worst <= 1.3, "{worst}");
    }

    /// Mean, variance and quartiles of a million draws, to three times what chance makes of them.
    #[test]
    fn gumbel_noise_has_its_distribution() {
        let mut drawn: Vec<f64> = (0..1 << 20).map(|index| f64::from(gumbel_noise(7, index))).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / count;
        assert!((mean - 0.577_215_664_901_532_9).abs() < 0.004, "{mean}");
        assert!((variance - std::f64::consts::PI.powi(2) / 6.0).abs() < 0.015, "{variance}");
        for quarter in 1..4 {
            let exact = -(-(f64::from(quarter) / 4.0).ln()).ln();
            let got = drawn[drawn.len() / 4 * quarter as usize];
            assert!((got - exact).abs() < 0.006, "{got} for {exact}");
        }
    }
}
