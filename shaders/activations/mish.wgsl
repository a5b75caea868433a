// mish: x * tanh(log(1 + exp(x)))
// derivative: t + x * (1 - t^2) * s(x), t = tanh(log(1 + exp(x)))
// second derivative: 4 * u * (2 * (1 + u) * d + x * (2 + 2 * u - 3 * u^2 - 2 * u^3)) / d^3, u = exp(x), d = u^2 + 2 * u + 2
// needs: nan mish divide power
fn act_mish(x: f32) -> f32 {
    return math_mish(x);
}

fn act_mish_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_mish_slope(x)));
}

// With E = exp(abs(x)), e = 1 / E and R = 4 + k (9/4 + k (3/4 + k / 8)): for x < 0, 2 + x + e (4 + x + e (1.5 (2 - x) + e (1 - x))) over E (1 + e +
// e^2 / 2)^3, which is E + 3 + e (4.5 + e R), k = e; for x > 0, 8 (1 - x + e (1.5 (2 - x) + e (4 + x + e (2 + x)))) over E^2 (1 + 2 e + 2 e^2)^3,
// which is E (E + 6) + 18 + 8 e R, k = 2 e. Divisors are expanded, since a cube triples errors, and scaled by 2^-40 and 2^-80. With E = 2^n (1 + w)
// their first terms are exact. Rejected: numerator and divisor times e and e^2 (7.5 ULP).
fn act_mish_second(x: f32, dy: f32) -> f32 {
    let positive = x > 0.0;
    let a = min(abs(x), select(110.0, 56.0, positive)); // there it is 0
    let power = math_power(a, 0.0);
    let s = math_shift(9.09494702e-13, power.bits);
    let rest = s * math_exp_near(0.0, power.rest);
    let e = math_quotient(9.09494702e-13, s + rest);
    let c0 = select(2.0, 1.0, positive) - a;
    let c1 = select(1.0, 1.5, positive) * (select(4.0, 2.0, positive) - a);
    let c2 = select(1.5, 1.0, positive) * (select(2.0, 4.0, positive) + a);
    let c3 = select(1.0, 2.0, positive) + a;
    let k = select(e, 2.0 * e, positive);
    let r = 4.0 + k * (2.25 + k * (0.75 + k * 0.125));
    let left = (s + 2.72848411e-12) + (rest + 9.09494702e-13 * (e * (4.5 + e * r)));
    let right = ((s * (s + 5.45696821e-12) + 1.4889251e-23) + rest * ((2.0 * s + 5.45696821e-12) + rest))
        + 6.6174449e-24 * (e * r);
    let quotient = math_quotient(c0 + e * (c1 + e * (c2 + e * c3)), select(left, right, positive));
    return math_keep_nan(x, math_scale(dy, select(9.09494702e-13, 6.6174449e-24, positive) * quotient));
}
