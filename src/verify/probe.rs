//! What the adapter's arithmetic does, measured before any kernel is judged: a failed assumption is named, not guessed at.

use std::fmt;

use crate::verify::inputs::Random;
use crate::verify::ulp::{Format, ulp_error};

/// How far WGSL lets a division be off, in ULP.
pub(crate) const DIVISION_ULP: f64 = 2.5;

/// What the adapter's arithmetic does. Errors in ulp of the exact result, over normal operands and results.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Probe {
    /// The largest error of a + b and a - b. The kernels assume 0.5.
    pub add_ulp: f64,
    /// The largest error of a * b. The kernels assume 0.5.
    pub multiply_ulp: f64,
    /// The largest error of a / b. WGSL allows 2.5.
    pub divide_ulp: f64,
    /// The largest error of sqrt(a). WGSL allows what inverseSqrt gives.
    pub sqrt_ulp: f64,
    /// Whether a * b + c is computed without rounding the product.
    pub fuses: bool,
    /// Whether (a + b) - b is folded to a.
    pub reassociates: bool,
    /// Whether subnormal results are kept, or flushed to zero.
    pub keeps_subnormals: bool,
    /// Whether a NaN passes through a select.
    pub keeps_nan: bool,
    /// Whether infinities pass through a select.
    pub keeps_infinity: bool,
    /// Whether exp and exp2 are 0 far left, at minus infinity too. The kernels of 16 bits assume it.
    pub exp_vanishes: bool,
}

/// Results for each set of operands, in the order of `probe.wgsl`.
pub(crate) const RESULTS: usize = 9;
const RANDOM: usize = 1 << 16;

impl Probe {
    /// Of the results of `probe.wgsl` for these operands.
    pub(crate) fn judge(operands: &[[f32; 4]], results: &[f32]) -> Self {
        let rows: Vec<(&[f32; 4], &[f32])> = operands.iter().zip(results.chunks_exact(RESULTS)).collect();
        let (random, special) = rows.split_at(RANDOM);
        let worst = |index: usize, exact: fn(f64, f64) -> f64| {
            let error = |(operands, results): &(&[f32; 4], &[f32])| {
                ulp_error(Format::F32, results[index], exact(operands[0].into(), operands[1].into()))
            };
            random.iter().map(error).fold(0.0, f64::max)
        };
        let [subnormal, nan, infinity, negative_infinity, far_left] =
            [0, 1, 2, 3, 4].map(|index| special[index].1);
        Self {
            add_ulp: worst(0, |a, b| a + b).max(worst(1, |a, b| a - b)),
            multiply_ulp: worst(2, |a, b| a * b),
            divide_ulp: worst(3, |a, b| a / b),
            sqrt_ulp: worst(4, |a, _| a.abs().sqrt()),
            fuses: random.iter().any(|(_, results)| results[5] != 0.0),
            reassociates: random.iter().all(|(operands, results)| results[7] == operands[0]),
            keeps_subnormals: subnormal[2] != 0.0,
            keeps_nan: nan[6].is_nan(),
            exp_vanishes: negative_infinity[8] == 0.0 && far_left[8] == 0.0,
            keeps_infinity: infinity[6] == f32::INFINITY && negative_infinity[6] == f32::NEG_INFINITY,
        }
    }

    /// The assumptions of the kernels that do not hold here, in words.
    #[must_use]
    pub fn failed_assumptions(&self) -> Vec<&'static str> {
        let assumptions = [
            (self.add_ulp <= 0.5, "addition does not round to nearest"),
            (self.multiply_ulp <= 0.5, "multiplication does not round to nearest"),
            (self.divide_ulp <= DIVISION_ULP, "division is further off than WGSL allows"),
            (self.keeps_nan, "NaN does not pass through a select"),
            (self.keeps_infinity, "infinity does not pass through a select"),
            (self.exp_vanishes, "exp is not 0 far left"),
        ];
        assumptions.into_iter().filter(|(holds, _)| !holds).map(|(_, failed)| failed).collect()
    }
}

/// Random operands of moderate exponents, then one set for each special question.
pub(crate) fn operands() -> Vec<[f32; 4]> {
    let mut random = Random::new(3);
    let mut value = || {
        let bits = random.next();
        let exponent = 127 - 30 + random.next() % 61;
        f32::from_bits((bits & 0x807f_ffff) | (exponent << 23))
    };
    let mut operands: Vec<[f32; 4]> = (0..RANDOM)
        .map(|_| {
            let (a, b) = (value(), value());
            [a, b, -(a * b), 0.0]
        })
        .collect();
    operands.push([1.5e-30, 1e-10, 0.0, 0.0]);
    operands.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -3e38].map(|a| [a, 1.0, 0.0, 0.0]));
    operands
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |is: bool| if is { "yes" } else { "no" };
        writeln!(
            f,
            "arithmetic: largest error + - {:.2}, * {:.2}, / {:.2}, sqrt {:.2} ulp",
            self.add_ulp, self.multiply_ulp, self.divide_ulp, self.sqrt_ulp
        )?;
        writeln!(
            f,
            "fuses a * b + c: {}; folds (a + b) - b: {}; keeps subnormals: {}, NaN: {}, infinity: {}",
            yes(self.fuses),
            yes(self.reassociates),
            yes(self.keeps_subnormals),
            yes(self.keeps_nan),
            yes(self.keeps_infinity)
        )?;
        self.failed_assumptions().iter().try_for_each(|failed| writeln!(f, "ASSUMPTION FAILED: {failed}"))
    }
}
