// tanh(x) for every x, infinite ones included, never outside -1 and 1. Error 1.9 ULP. With abs(x) = n ln 2 / 2 + r, s = 2^(n - 1) and
// C = r coth(r) = 1 + k, it is ((s - 1/2) (C + r) + r) / ((s - 1/2) (C + r) + r + C - r): odd where n = 0, which is r / C, so that one path
// does for small x, too. The divisor holds the numerator as it was rounded, and so both share its error. n is rounded down to halves of
// what math_power has, so that n = 0 reaches to 0.26: the mask clears the half.
//
// Rejected: the builtin (NaN above 43 to 88 on some drivers, 1e-5 absolute); a polynomial near 0 and 1 - 2 / (1 + exp(2 abs(x))) beyond
// (two paths, a third dearer); both sides in C and r (4.2 ULP); n rounded to nearest (2.7); two terms of k (2.4).
// needs: divide

fn math_tanh(x: f32) -> f32 {
    let size = min(abs(x), 10.0);
    let sum = bitcast<u32>(size * 2.88539004 + 6291456.0); // 1.5 * 2^22: the last bit is a half
    let bits = sum & 0x4afffffeu;
    let n = bitcast<f32>(bits) - 6291456.0;
    // Halves of math_power's words of ln 2 (minimax.py: tanh_ln2).
    let difference = bitcast<f32>(bitcast<u32>(size - n * 0.3466796875) | (sum & 0x80000000u));
    let r = difference + n * 0.000106097221;
    let s = bitcast<f32>((bits << 22u) + 0x3f000000u);
    let z = r * r;
    // r coth(r) - 1 on abs(r) <= 0.2601, relative error of the sum 2^-33.54 (minimax.py: coth).
    let k = z * (0.333333313 + z * (-0.0222207177 + z * 0.00208402169));
    let c = 1.0 + k;
    let e = (s - 0.5) * (c + r) + r;
    let quotient = math_quotient(e, e + (c - r));
    // A division may be off by more than the distance to 1.
    return bitcast<f32>(bitcast<u32>(min(quotient, 1.0)) | (bitcast<u32>(x) & 0x80000000u));
}
