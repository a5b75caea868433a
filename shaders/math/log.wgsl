// The logarithm, and that of 1 + x, which is accurate beside x = 0. Error 0.9 ULP for every positive argument, infinity and subnormal
// ones included; minus infinity at 0, and NaN below it.
//
// log(2^n m) = n ln 2 + log(m), m from sqrt(1/2) to sqrt(2), and log(m) = f + f^2 Q(f) with f = m - 1, which is exact. Rejected: n ln 2 + f
// first (2.2 ULP); a series in f / (2 + f), which is shorter, but its division costs more than the terms it saves; the builtin (2^-21
// absolute on [1/2, 2]).
// needs: beyond divide fence log_parts sum_error

// exponent * ln 2 + log(1 + f) + low, where low is less than 2^-20.
fn math_log_sum(parts: MathLogParts, low: f32) -> f32 {
    let f = parts.f;
    // Q(f) for f from sqrt(1/2) - 1 to sqrt(2) - 1, relative error of the logarithm 2^-27.05 (minimax.py: log).
    let q = -0.499999881 + f * (0.333333254 + f * (-0.250015825 + f * (0.20001924 + f * (-0.166114852
        + f * (0.141859561 + f * (-0.132136777 + f * (0.128542617 + f * (-0.0764896795 + f * 9.92572532e-05))))))));
    // The small terms first: what their sum loses is half an ulp of the result at most, where n ln 2 takes half of it away.
    let zero = bitcast<u32>(f * f) & 0x80000000u; // no square is negative
    // ln 2 as in exp.wgsl (minimax.py: exp_ln2).
    let small = math_fence(f + (f * f * q + (parts.exponent * -0.000212194442 + low)), zero);
    return parts.exponent * 0.693359375 + small;
}

// `result`, but the limits where its argument is 0 or infinite, and NaN where it is negative.
fn math_log_ends(argument: f32, result: f32) -> f32 {
    let infinity = math_infinity(abs(argument));
    let above = select(result, infinity, argument > 3.4028234663852886e38);
    return select(select(math_undefined(argument), -infinity, argument == 0.0), above, argument > 0.0);
}

fn math_log(x: f32) -> f32 {
    let small = x < 1.17549435e-38;
    let parts = math_log_parts(x * select(1.0, 16777216.0, small)); // 2^24
    return math_log_ends(x, math_log_sum(MathLogParts(parts.exponent - select(0.0, 24.0, small), parts.f), 0.0));
}

fn math_log1p(x: f32) -> f32 {
    return math_log_ends(1.0 + x, math_log1p_inside(x));
}

// The same for finite x above -1, whose sum with 1 is a normal number.
fn math_log1p_inside(x: f32) -> f32 {
    let zero = bitcast<u32>(x * x) & 0x80000000u;
    let sum = math_fence(1.0 + x, zero);
    let parts = math_log_parts(sum);
    // What the sum lost is less than 2^-23 of it: it joins times the derivative, 1 / (1 + f) to 2^-6.26 (minimax.py: inverse), which is exactly
    // 1 at f = 0, where x itself may be lost. Rejected: it times that sum, whose 1 lavapipe puts together with the one in f (2.5 ULP).
    // The power of two is at most 2, for x = -1/2; beyond 2^24 nothing is lost that counts.
    let lost = math_sum_error(1.0, x, sum, zero);
    let power = bitcast<f32>(u32(127 - i32(select(parts.exponent, 24.0, parts.exponent > 24.0))) << 23u);
    let low = lost * power;
    return math_log_sum(parts, low + (low * parts.f) * (-1.07541835 + parts.f * 0.942690074));
}

// log((1 - m) / m) = log(1 + (1 - 2 m) / m) for m from 0 to 1/2. A small m is scaled, so that its inverse is in range.
fn math_log_odds(m: f32) -> f32 {
    let small = m < 1.26217745e-29; // 2^-96
    let scaled = select(m, 16777216.0 * m, small); // 2^24
    let size = math_log1p_inside(math_quotient(1.0 - 2.0 * m, scaled)) + select(0.0, 16.6355324, small); // log(2^24)
    return select(math_infinity(abs(m)), size, scaled > 0.0);
}
