// exp(high + low) = 2^n exp(rest), for callers that put the power of two where it costs least. One integer mask does three things: it
// keeps compilers from folding the rounding away, it leaves n in the low bits, and it leaves the float that n is subtracted from.
//
// Rejected: floor in place of rounding (sigmoid 2.4 ULP); round(), which costs as much; no fence in the difference (an operation less,
// but a compiler that regroups makes one constant of the two, and their product with n rounds).

struct MathPower {
    bits: u32,  // n, from the lowest bit on, and 0x4b400000
    rest: f32,  // at most 0.3469
}

// For abs(high + low) <= 1e6.
fn math_power(high: f32, low: f32) -> MathPower {
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum, whose sign is always 0.
    let sum = bitcast<u32>((high + low) * 1.44269502 + 12582912.0);
    let bits = sum & 0x4bffffffu;
    let n = bitcast<f32>(bits) - 12582912.0;
    // ln 2 = 0.693359375 - 0.000212194442 (minimax.py: exp_ln2). The first has 9 bits: its product with n is exact, and so is the
    // difference.
    let difference = bitcast<f32>(bitcast<u32>(high - n * 0.693359375) | (sum & 0x80000000u));
    return MathPower(bits, difference + (n * 0.000212194442 + low));
}

// 2^n times a factor, where both factor and product are normal; the product may also be 2^-127, which comes out as 0.
fn math_shift(factor: f32, bits: u32) -> f32 {
    return bitcast<f32>(bitcast<u32>(factor) + (bits << 23u));
}

// (exp(r) - 1 - r) / r^2 on abs(r) <= 0.34692, relative error of exp 2^-28.16 (minimax.py: exp).
fn math_exp_bend(r: f32) -> f32 {
    return 0.49999994 + r * (0.166665211 + r * (0.0416681767 + r * (0.00836871658 + r * 0.00138297782)));
}

// first + (exp(r) - 1): with 1, the exponential; with less, what callers add 2^n times the difference to, exactly.
fn math_exp_near(first: f32, r: f32) -> f32 {
    return first + r * (1.0 + r * math_exp_bend(r));
}

// exp(x) for x from -88 to 88; exactly 0 below -87.7. Error 1 ULP.
fn math_exp_short(x: f32) -> f32 {
    let power = math_power(x, 0.0);
    return math_shift(1.0, power.bits) * math_exp_near(1.0, power.rest);
}
