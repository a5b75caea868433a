//! Mathematics in f64, of a form that compilers vectorise: no branch, no table, no call.
//!
//! Results go to f32, whose last place is 2^-24 of the value, so that a relative error of 2^-36 changes it by 0.0003 of one.
//! Where terms cancel behind a function, it is accurate to 2^-51. Products and sums are not fused: so every processor and
//! every instruction set gives the same bits.
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

/// The sum of c[i] x^i, at most 16 terms, by Estrin's scheme: neighbours are joined, then neighbours of those. Rejected: Horner's
/// rule for even and odd powers, of which the loops waited for the longer chains (sigmoid took a third longer).
#[inline(always)]
fn polynomial<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let two = |i: usize| if i + 1 < N { c[i] + c[i + 1] * x } else { c[i] };
    let four = |i: usize| if i + 2 < N { two(i) + two(i + 2) * x2 } else { two(i) };
    let eight = |i: usize| if i + 4 < N { four(i) + four(i + 4) * x4 } else { four(i) };
    if N > 8 { eight(0) + eight(8) * (x4 * x4) } else { eight(0) }
}

/// e^x and e^x - 1, or 2^x and 2^x - 1.
#[derive(Clone, Copy)]
pub(super) struct Exp {
    pub(super) exp: f64,
    pub(super) expm1: f64,
    /// As `exp`, but no less than e^-319.5: one operation less, where being 0 makes no difference.
    pub(super) nearly: f64,
}

/// Adding it to x rounds x to an integer n, and puts n and the bias of an exponent into the low bits: what is left after all
/// others are shifted out is 2^n.
const BIASED_ROUNDER: f64 = ROUNDER + 1023.0;

/// From here down 2^x is 0: e^-319.5, and no f32 factor makes that an f32 that is not.
const EXP2_START: f64 = -461.0;

/// For x up to 709; all to 2^-36.3.
#[inline(always)]
pub(super) fn exp(x: f64) -> Exp {
    exp2(x * LOG2_E)
}

/// For x up to 1023; all to 2^-36.3. Rejected: a shorter polynomial, of which 7 terms leave 2^-31.
#[inline(always)]
pub(super) fn exp2(x: f64) -> Exp {
    /// P in 2^f = 1 + f P(f) on [-0.5005, 0.5005]; relative error of 2^f - 1 2^-36.37 (cpu_exp2).
    const P: [f64; 8] = [
        0.6931471805568528,
        0.24022650696336595,
        0.05550410905706824,
        0.009618129007881726,
        0.0013333472854619318,
        0.00015403546903794454,
        1.530668052357657e-05,
        1.3241236353737635e-06,
    ];
    /// 2^EXP2_START
    const START: f64 = f64::from_bits((1023 - 461) << 52);
    let x = x.max(EXP2_START);
    let rounded = x + BIASED_ROUNDER;
    let f = x - (rounded - BIASED_ROUNDER);
    let power = f64::from_bits(rounded.to_bits() << 52);
    let part = power * f * polynomial(f, P);
    // Less 2^-461, which shows nowhere but at the start: there it leaves 0.
    Exp { exp: (power - START) + part, expm1: (power - 1.0) + part, nearly: power + part }
}

/// e^x, e^x - 1 and e^x - 1 - x, each relatively accurate.
#[derive(Clone, Copy)]
pub(super) struct PreciseExp {
    pub(super) exp: f64,
    pub(super) expm1: f64,
    pub(super) excess: f64,
}

/// For x up to 700; all to 2^-51. Below -320 e^x is 0: no f32 factor makes it an f32 that is not.
#[inline(always)]
pub(super) fn precise_exp(x: f64) -> PreciseExp {
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
    let rounded = x * LOG2_E + BIASED_ROUNDER;
    let n = rounded - BIASED_ROUNDER;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let tail = r * r * polynomial(r, Q);
    let power = f64::from_bits(rounded.to_bits() << 52);
    let part = power * (r + tail);
    let vanishes = x < -320.0;
    let exp = if vanishes { 0.0 } else { power + part };
    let expm1 = if vanishes { -1.0 } else { (power - 1.0) + part };
    PreciseExp { exp, expm1, excess: if n == 0.0 { tail } else { expm1 - x } }
}

/// s(z) = 1 / (1 + e^-z), s(-z), and their product.
#[derive(Clone, Copy)]
pub(super) struct Logistic {
    pub(super) value: f64,
    pub(super) rest: f64,
    pub(super) slope: f64,
}

impl Logistic {
    #[inline(always)]
    pub(super) fn at(z: f64) -> Self {
        Self::of(z, exp(-z.abs()).exp)
    }

    /// For sums that cancel.
    #[inline(always)]
    pub(super) fn precisely_at(z: f64) -> Self {
        Self::of(z, precise_exp(-z.abs()).exp)
    }

    /// Of e = e^-|z|.
    #[inline(always)]
    fn of(z: f64, e: f64) -> Self {
        let large = 1.0 / (1.0 + e);
        let small = e * large;
        let (value, rest) = if z > 0.0 { (large, small) } else { (small, large) };
        Self { value, rest, slope: small * large }
    }
}

/// 1 / (1 + 2^t), but no less than 2^-1023.
#[inline(always)]
pub(super) fn logistic_exp2(t: f64) -> f64 {
    1.0 / (1.0 + exp2(t.min(1023.0)).nearly)
}

/// x / (1 + 2^t), and 0, its limit, for an infinite x of which t grows.
#[inline(always)]
pub(super) fn times_logistic_exp2(x: f64, t: f64) -> f64 {
    let share = logistic_exp2(t);
    if share < 1e-300 { 0.0 } else { share * x }
}

/// factor log(1 + e) for e on [0, 1]. Rejected: a series in w = e / (2 + e), whose division comes before it and not beside it, and
/// one in e, of 14 terms.
#[inline(always)]
pub(super) fn times_log1p(factor: f64, e: f64) -> f64 {
    /// N and D in log1p(e) = e N(e) / D(e) on [0, 1]; relative error 2^-39.06 (cpu_log1p).
    const N: [f64; 5] = [
        0.9999999999982684,
        1.5305302287665532,
        0.6713312216092917,
        0.07970813833554499,
        0.0006316353461169762,
    ];
    const D: [f64; 5] =
        [1.0, 2.0305302283676308, 1.3532630173593574, 0.32949602132755706, 0.021926162082207573];
    e * polynomial(e, N.map(|c| factor * c)) / polynomial(e, D)
}

/// tanh x, and 1 - tanh^2 x.
#[inline(always)]
pub(super) fn tanh(x: f64) -> (f64, f64) {
    let e = exp2(x.abs() * (-2.0 * LOG2_E));
    let inverse = 1.0 / (1.0 + e.exp);
    ((-e.expm1 * inverse).copysign(x), 4.0 * e.exp * inverse * inverse)
}

/// x - tanh x. Up to 0.52 the difference would cancel too much.
#[inline(always)]
pub(super) fn tanhshrink(x: f64) -> f64 {
    /// T in x z T(z), z = x^2, on [0, 0.271]; relative error 2^-35.85 (cpu_tanhshrink).
    const T: [f64; 7] = [
        0.33333333332800563,
        -0.13333333140301537,
        0.053968139298164144,
        -0.02186691959202192,
        0.008835590220578518,
        -0.0034368887738297953,
        0.0010062404722319517,
    ];
    let size = x.abs();
    let e = exp2(size * (-2.0 * LOG2_E)).exp;
    let z = x * x;
    let near = size * z * polynomial(z, T);
    let far = size - (1.0 - e) / (1.0 + e);
    (if size < 0.52 { near } else { far }).copysign(x)
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
    /// P(z) / (a + 4) = Phi(-a) e^(a^2 / 2), z = (a - 4) / (a + 4), for a on [0, 16]; relative error 2^-36.44 (cpu_gelu_erf).
    const P: [f64; 14] = [
        0.7552851304212278,
        -0.6078966419628853,
        0.38713739982950945,
        -0.18652185836769095,
        0.060396599981452755,
        -0.00754017751137138,
        -0.0034799518068287607,
        0.001630648568958519,
        0.00013458189912686228,
        -0.00022996021521557743,
        -4.6361835343760695e-06,
        3.1750333476590606e-05,
        2.764968215492677e-06,
        -1.871757309647046e-06,
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
