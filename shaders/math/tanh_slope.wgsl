// 1 - tanh(a)^2 for a = high + low >= 0, low at most 0.1: f / (1 + f / 2 + f^2 / 16) with f = 4 exp(-2 a), without cancellation in the
// tails; exactly 0 from 44.6 on. Error 2.5 ULP.
// needs: divide power

// exp(-2 (high + low)) = 2^n exp(-2 rest), as math_power has it, but that halves of ln 2 (minimax.py: tanh_ln2) save the argument's product.
fn math_tanh_slope_power(high: f32, low: f32) -> MathPower {
    let sum = bitcast<u32>((high + low) * -2.88539004 + 12582912.0);
    let bits = sum & 0x4bffffffu;
    let n = bitcast<f32>(bits) - 12582912.0;
    let difference = bitcast<f32>(bitcast<u32>(high + n * 0.3466796875) | (sum & 0x80000000u));
    return MathPower(bits, difference + (low - n * 0.000106097221));
}

// exp(-2 r) on abs(r) <= 0.17346, relative error 2^-28.16 (minimax.py: exp_twice).
fn math_tanh_slope_near(r: f32) -> f32 {
    return 1.0 + r * (-2.0 + r * (1.99999976 + r * (-1.33332169 + r * (0.666690826 + r * (-0.26779893 + r * 0.0885105804)))));
}

// 1 - tanh(a) for a from 1: 2 / (1 + exp(2 a)). Error 2.5 ULP up to 1.5; further right what is added to it counts more. Half of ln 2 is one
// word (minimax.py: tanh_rest_ln2), whose products are exact up to n = 7.
fn math_tanh_rest(a: f32) -> f32 {
    let bounded = min(a, 43.0);
    let bits = bitcast<u32>(bounded * 2.88539004 + 12582912.0) & 0x4bffffffu; // as in math_power
    let rest = bounded - (bitcast<f32>(bits) - 12582912.0) * 0.346573591;
    return math_quotient(1.0, 0.5 + math_shift(0.5, bits) * math_tanh_slope_near(-rest));
}

fn math_tanh_slope(high: f32, low: f32) -> f32 {
    let power = math_tanh_slope_power(min(high, 44.7), low);
    let f = math_shift(4.0, power.bits) * math_tanh_slope_near(power.rest);
    return math_quotient(f, 1.0 + f * (0.5 + 0.0625 * f));
}

// y times it, for any y: a small slope may well come back among the normal numbers, and so y is multiplied in before the power's second
// half, as in math_times_exp. Error 3.0 ULP. Exactly 0 above 87.
fn math_times_tanh_slope(y: f32, high: f32, low: f32) -> f32 {
    let power = math_tanh_slope_power(min(high, 87.0), low);
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let near = 4.0 * math_tanh_slope_near(power.rest);
    let f = (near * first) * second;
    // The 4 goes with y, which may be near the smallest normal number.
    let quotient = math_quotient(0.25 * near, 1.0 + f * (0.5 + 0.0625 * f));
    let result = (((4.0 * y) * first) * quotient) * second;
    return select(result, 0.0, high > 87.0);
}

// y * tanh(a) (1 - tanh(a)^2) for a = high + low >= 0 and any y: y times 4 e (1 - e) / (1 + e)^3 with e = exp(-2 a), where 1 - e is as accurate
// as math_expm1. Error 4.3 ULP. Exactly 0 above 87. The 4 is part of the divisor: a quotient of a small a would be subnormal.
fn math_times_tanh_bend(y: f32, high: f32, low: f32) -> f32 {
    let power = math_power(-2.0 * min(high, 87.0), -2.0 * low);
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let r = power.rest;
    let rest = r + (r * r) * math_exp_bend(r);
    let near = 1.0 + rest;
    let s = first * second;
    let e = s * near;
    let quotient = math_quotient(near * ((1.0 - s) - s * rest), 0.25 + e * (0.75 + e * (0.75 + 0.25 * e)));
    let result = ((y * first) * quotient) * second;
    return select(result, 0.0, high > 87.0);
}
