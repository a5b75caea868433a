//! Mathematics in f64, of a form that compilers vectorise: no branch, no table, no call.
//!
//! Results go to f32, whose last place is 2^-24 of the value, so relative errors of 2^-40 are lost in the rounding. Where
//! terms cancel behind a function, it is accurate to 2^-51. Products and sums are not fused: so every processor and every
//! instruction set gives the same bits.
//!
//! Coefficients come from `shaders/minimax.py`; the problem's name, interval and error stand beside them.

use std::f64::consts::{FRAC_PI_2, LOG2_E};

/// Adding it rounds a number of magnitude below 2^51 to an integer, which then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// factor * x, but 0 where the factor is: the limit at an infinite x.
#[inline(always)]
pub(super) fn times(factor: f64, x: f64) -> f64 {
    if factor == 0.0 { 0.0 } else { factor * x }
}

/// The sum of c[i] x^i, its even and its odd half each by Horner's rule: two chains of operations side by side.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let square = x * x;
    let chain = |last: usize| {
        let (mut sum, mut i) = (c[last], last);
        while i >= 2 {
            i -= 2;
            sum = sum * square + c[i];
        }
        sum
    };
    let (one, other) = (chain(N - 1), chain(N - 2));
    if N % 2 == 1 { one + other * x } else { other + one * x }
}

/// e^x, e^x - 1 and e^x - 1 - x, each relatively accurate.
#[derive(Clone, Copy)]
pub(super) struct Exp {
    pub(super) exp: f64,
    pub(super) expm1: f64,
    pub(super) excess: f64,
}

/// For x up to 700. Below -320 e^x is 0: no f32 factor makes it an f32 that is not.
#[inline(always)]
pub(super) fn exp(x: f64) -> Exp {
    /// ln 2 as a word of 42 bits, whose product with an exponent is exact, and the rest (cpu_ln2).
    const LN_2: [f64; 2] = [0.6931471805598903, 5.497923018708371e-14];
    /// Q in 1 + r + r^2 Q(r) on [-0.3469, 0.3469]; relative error of exp 2^-51.1 (cpu_exp).
    const Q: [f64; 9] = [
        0.4999999999999831,
        0.1666666666661113,
        0.04166666666814458,
        0.008333333371089224,
        0.0013888888503058422,
        0.00019841184910857472,
        2.4801954624274465e-05,
        2.7635158742559315e-06,
        2.7466675934240185e-07,
    ];
    let rounded = x * LOG2_E + ROUNDER;
    let n = rounded - ROUNDER;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let tail = r * r * polynomial(r, Q);
    // 2^n: the exponent's bias is added to the integer in the low bits, and all else is shifted out.
    let power = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    let part = power * (r + tail);
    let vanishes = x < -320.0;
    let exp = if vanishes { 0.0 } else { power + part };
    let expm1 = if vanishes { -1.0 } else { (power - 1.0) + part };
    Exp { exp, expm1, excess: if n == 0.0 { tail } else { expm1 - x } }
}

/// s(z) = 1 / (1 + e^-z), s(-z), and their product.
#[derive(Clone, Copy)]
pub(super) struct Logistic {
    pub(super) value: f64,
    pub(super) rest: f64,
    pub(super) slope: f64,
}

#[inline(always)]
pub(super) fn logistic(z: f64) -> Logistic {
    let e = exp(-z.abs()).exp;
    let large = 1.0 / (1.0 + e);
    let small = e * large;
    let (value, rest) = if z > 0.0 { (large, small) } else { (small, large) };
    Logistic { value, rest, slope: small * large }
}

/// log(1 + e^z) = max(z, 0) + log(1 + e), e = e^-|z|, and log(1 + e) = 2 artanh(e / (2 + e)).
#[inline(always)]
pub(super) fn log1p_exp(z: f64) -> f64 {
    /// P in log1p(e) = w P(w^2) for w on [0, 1/3]; relative error 2^-43.8 (cpu_log1p).
    const P: [f64; 8] = [
        1.9999999999998694,
        0.6666666668158431,
        0.3999999720858394,
        0.2857162704130201,
        0.22215322516857694,
        0.18311070586916975,
        0.14064027574403484,
        0.20085487860268317,
    ];
    let e = exp(-z.abs()).exp;
    let w = e / (2.0 + e);
    let positive = if z > 0.0 { z } else { 0.0 };
    positive + w * polynomial(w * w, P)
}

/// tanh x, and 1 - tanh^2 x.
#[inline(always)]
pub(super) fn tanh(x: f64) -> (f64, f64) {
    let e = exp(-2.0 * x.abs());
    let inverse = 1.0 / (1.0 + e.exp);
    ((-e.expm1 * inverse).copysign(x), 4.0 * e.exp * inverse * inverse)
}

/// x - tanh x for |x| up to 1/4.
#[inline(always)]
pub(super) fn tanhshrink_near(x: f64) -> f64 {
    /// T in x z T(z), z = x^2, on [0, 1/16]; relative error 2^-42.9 (cpu_tanhshrink).
    const T: [f64; 6] = [
        0.33333333333329407,
        -0.13333333328805763,
        0.053968245500294415,
        -0.02186890824365577,
        0.008845199512294438,
        -0.003331646258136259,
    ];
    let z = x * x;
    x * z * polynomial(z, T)
}

/// sin r for |r| up to pi / 2.
#[inline(always)]
pub(super) fn sine(r: f64) -> f64 {
    /// P in r + r z P(z), z = r^2, on [0, 2.4674]; relative error 2^-52.5 (cpu_sine).
    const P: [f64; 7] = [
        -0.16666666666666186,
        0.008333333333285496,
        -0.0001984126982504675,
        2.7557316599567715e-06,
        -2.50518802201876e-08,
        1.6048093925423492e-10,
        -7.373328251908509e-13,
    ];
    let z = r * r;
    r + r * z * polynomial(z, P)
}

/// cos r for |r| up to pi / 2.
#[inline(always)]
pub(super) fn cosine(r: f64) -> f64 {
    sine(FRAC_PI_2 - r.abs())
}

/// z less the nearest (k + quarters / 4) pi, k an integer: z itself to 2^-100 up to |z| = 4e8, then with ever fewer digits, and
/// bounded always.
#[inline(always)]
pub(super) fn modulo_pi(z: f64, quarters: f64) -> f64 {
    /// pi as two words of 26 bits, whose products with 27 bits are exact, and the rest (cpu_pi).
    const PI: [f64; 3] = [3.1415926814079285, -2.781813535079891e-08, 1.2246467991473532e-16];
    let shift = 0.25 * quarters;
    let k = (z * std::f64::consts::FRAC_1_PI - shift + ROUNDER) - ROUNDER + shift;
    let r = z - k * PI[0] - k * PI[1] - k * PI[2];
    let r = if r > FRAC_PI_2 { FRAC_PI_2 } else { r };
    if r < -FRAC_PI_2 { -FRAC_PI_2 } else { r }
}

/// Beyond this, every result that holds the normal distribution's tail is 0 in f32: the density is 1e-56.
const NORMAL_END: f64 = 16.0;

/// e^(-a^2 / 2) and a, bounded.
#[inline(always)]
fn bell(a: f64) -> (f64, f64) {
    let beyond = a > NORMAL_END;
    let a = if beyond { NORMAL_END } else { a };
    (if beyond { 0.0 } else { exp(-0.5 * a * a).exp }, a)
}

/// Phi(-a) for a >= 0.
#[inline(always)]
pub(super) fn normal_tail(a: f64) -> f64 {
    /// P(z) / (a + 4) = Phi(-a) e^(a^2 / 2), z = (a - 4) / (a + 4), for a on [0, 16]; relative error 2^-41.8 (cpu_gelu_erf).
    const P: [f64; 16] = [
        0.755285130415906,
        -0.6078966419719367,
        0.38713740071101993,
        -0.18652185796067108,
        0.06039657600713258,
        -0.00754018901626253,
        -0.0034797081894778446,
        0.001630815714352681,
        0.00013345456953290754,
        -0.00023104085086681153,
        -2.307966008506172e-06,
        3.480999959902781e-05,
        1.4145662147597314e-06,
        -5.039270494851628e-06,
        -9.880313873485858e-07,
        1.1543952782142989e-07,
    ];
    let (bell, a) = bell(a);
    let inverse = 1.0 / (a + 4.0);
    bell * inverse * polynomial((a - 4.0) * inverse, P)
}

/// Phi(-a) - a phi(a) for a >= 0, with its zero as a factor.
#[inline(always)]
pub(super) fn normal_tail_less_moment(a: f64) -> f64 {
    /// The zero (cpu_gelu_erf_zero).
    const ZERO: f64 = 0.7517915246935645;
    /// P(z) (zero - a) e^(-a^2 / 2), z = (a - 2.5) / (a + 2.5), for a on [0, 16]; relative error 2^-40.9 (cpu_gelu_erf_slope).
    const P: [f64; 16] = [
        0.4896580595017242,
        -0.12899441853316357,
        0.04476429110732894,
        -0.0045066924079463205,
        -0.0027279109720216594,
        0.0004528976740807595,
        0.0003704652942721747,
        -9.315886631760229e-06,
        -6.229315025343504e-05,
        -1.5069483962112643e-05,
        7.36116612788633e-06,
        5.669436017677371e-06,
        5.674314681087951e-07,
        -8.859453263905663e-07,
        -4.138188599380001e-07,
        -5.34250160980189e-08,
    ];
    let (bell, a) = bell(a);
    bell * (ZERO - a) * polynomial((a - 2.5) / (a + 2.5), P)
}
