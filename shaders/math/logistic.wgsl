// The logistic sigmoid s(a) = 1 / (1 + exp(-a)) by itself and as a factor, and derivatives made of it, with a = high + low
// (see power.wgsl), low at most 0.2.
// needs: divide nan power

// s(high + low), never below 0 or above 1; exactly 0 below -87.7. Error 2.0 ULP. With S = 2^n and a = n ln 2 + r it is
// S / (1 + (S + exp(-r) - 1)): the sums' last bits step where the quotient's do not, if 1 comes last, and compilers that would like the product
// to come last leave a difference as it is. Rejected: S + exp(-r) and (1 + S) + (exp(-r) - 1), 2.4 ULP; the latter with both sides of the
// quotient times 1.5 or 1.75, 2.0 ULP and two products more.
fn math_logistic(high: f32, low: f32) -> f32 {
    return math_logistic_by(math_power(clamp(high, -88.0, 20.0), low));
}

// The same by the power of an a from -127 ln 2, where S comes out as 0, to 20.
fn math_logistic_by(power: MathPower) -> f32 {
    let s = math_shift(1.0, power.bits);
    let r = -power.rest;
    let less = power.rest * (1.0 + r * math_exp_bend(r)) - s;
    let quotient = math_quotient(s, 1.0 - less);
    // A division may be off by more than the distance to 1. What is not negative is ordered as its bits are, and the lesser of two integers
    // is one operation on llvmpipe, which asks of a float whether it is NaN.
    return bitcast<f32>(min(bitcast<u32>(quotient), 0x3f800000u));
}

// unit * (1 + exp(a)) for a >= 0 and a power of two: exact up to n = 24 but for its last sum, unit + K S and S (exp(r) - K) with
// K = 63/64. The first coefficient is 1/64 and 9.3e-9 more, against the bit that n = 25 loses: in -a s(-a) the worst error is 1.93 ULP then,
// at a = 17.6, where it is 2.02 with 1.9e-9 (every f32, as is the rest here). Rejected: 15e-9 (2.03 at 18.4), K = 1 (2.4 ULP of a quotient by
// it), K = 15/16 (2.2).
fn math_one_and_exp(unit: f32, power: MathPower) -> f32 {
    let s = math_shift(unit, power.bits);
    return (unit + 0.984375 * s) + s * math_exp_near(0.0156250093, power.rest);
}

// x * s(x), for every x; for NaN, NaN. Error 2.0 ULP. max(x, 0) - abs(x) s(-abs(x)): the exponent has one sign, and so one power of two is
// in range.
fn math_times_own_logistic(x: f32) -> f32 {
    let size = min(abs(x), 110.0);
    let quotient = math_quotient(size, math_one_and_exp(9.09494702e-13, math_power(size, 0.0))); // 2^-40
    return math_positive_part(x) - 9.09494702e-13 * quotient;
}

// x * s(high + low). Error 2.4 ULP (2.352 in quick_gelu, at -9.985). Any x, high, low at most 0.2; right where abs(x) < 1e26, beyond that
// down to s = exp(-148). As above, but the signs of x and high are their own, and x is of any size: large ones carry the unit themselves.
fn math_times_logistic(x: f32, high: f32, low: f32) -> f32 {
    let positive = high > 0.0;
    let power = math_power(min(abs(high), 148.0), select(-low, low, positive));
    return math_times_logistic_by(x, power, positive, abs(high) > 148.0);
}

// The same by the power of a's size, whether a is positive, and whether its size is beyond that.
fn math_times_logistic_by(x: f32, power: MathPower, positive: bool, beyond: bool) -> f32 {
    let large = abs(x) > 1.0;
    let quotient = math_quotient(x * select(1.0, 3.23117427e-27, large), math_one_and_exp(3.23117427e-27, power)); // 2^-88
    let tail = select(quotient * select(3.23117427e-27, 1.0, large), 0.0, beyond);
    return select(tail, x - tail, positive);
}

// The derivative of x s(x) at -a, by the power of an a from 0 to 110 and what 1 is more than a: s + a s (1 - s), which is ((1 - a) + e) / (2 + E + e)
// with E = exp(a) and e = 1 / E. At a it is 1 less that. Error 3.3 ULP, but 2^-27 absolute beside the zero, where 1 - a loses and e the rest. It
// comes as 2^60 times that, for a up to 125, so that a factor may bring it back among the normal numbers.
fn math_own_logistic_slope_scaled(power: MathPower, one_less_a: f32) -> f32 {
    let s = math_shift(8.67361738e-19, power.bits);
    let rest = s * math_exp_near(0.0, power.rest);
    let e = math_quotient(8.67361738e-19, s + rest);
    return math_quotient(one_less_a + e, (s + 1.73472348e-18) + (rest + 8.67361738e-19 * e));
}

// The derivative of x s(c x) for c x = high + low.
fn math_logistic_product_slope(high: f32, low: f32) -> f32 {
    let negative = high < 0.0;
    let a = min(abs(high), 110.0);
    let rest = select(low, -low, negative);
    let r = 8.67361738e-19 * math_own_logistic_slope_scaled(math_power(a, rest), (1.0 - a) - rest);
    return select(1.0 - r, r, negative);
}

// The derivative of x s(x).
fn math_times_own_logistic_slope(x: f32) -> f32 {
    let a = min(abs(x), 110.0);
    let r = 8.67361738e-19 * math_own_logistic_slope_scaled(math_power(a, 0.0), 1.0 - a);
    return select(r, 1.0 - r, x > 0.0);
}

// y times the second derivative of x s(x) at a = high + low >= 0, and at -a, for any y: e ((2 - a) + e (2 + a)) / (1 + e)^3 with e = exp(-a). Error
// 4.4 ULP where y is a power of two, else 5.4, but 2^-26 absolute beside the zero at 2.3994. Exactly 0 from 174 on, for an infinite y, too.
fn math_times_own_logistic_bend(y: f32, high: f32, low: f32) -> f32 {
    let a = min(high, 174.0);
    let power = math_power(-a, -low);
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let near = math_exp_near(1.0, power.rest);
    let e = (near * first) * second;
    let quotient = math_quotient(((2.0 - a) - low) + e * (2.0 + (a + low)), 1.0 + e * (3.0 + e * (3.0 + e)));
    return select(((y * first) * (near * quotient)) * second, 0.0, high >= 174.0);
}
