// x tanh(log(1 + exp(x))) and its derivatives, for every x but NaN, which the first passes on.
// needs: divide nan power

// With u = exp(x) for x < 0, 2 exp(-x) for x > 0, and z = u^2 / 2: x (u + z) / (1 + u + z) on the left, x - x z / (1 + u + z) on the right. Both
// sides of the quotient are times 107 2^27: a power of two keeps u in range, and 107 makes less of roundings than other factors do. Error 3.0
// ULP. Differences are left as they are by Mesa, which in a sum would add z before the product (0.14 ULP more on the grid). Rejected: w / (w + 2)
// with w = exp(x) (exp(x) + 2) (4.1 ULP); exp(abs(x)) and its inverse, a division more; u + z of a rounded u (3.4).
fn math_mish(x: f32) -> f32 {
    let size = min(abs(x), 110.0);
    let power = math_power(-size, 0.0);
    let negative = math_is_negative(x);
    let s = math_shift(select(2.87225938e10, 1.43612969e10, negative), power.bits);
    let r = power.rest;
    let less = s * (-r - (r * r) * math_exp_bend(r));
    let u = s - less;
    let z = (u * 3.48157961e-11) * u;
    let sum = s - (less - z);
    let result = math_positive_part(x) - math_quotient(size * select(z, sum, negative), 1.43612969e10 + sum);
    // Near 0 it is 0.6 x, where terms may be subnormal and flushed although the result is not.
    return select(result, 0.6 * x, abs(x) < 8.67361738e-19); // 2^-60
}

// The common denominator, (1 + E + e/2)^2 e for x < 0 and (E + 2 + 2 e)^2 e for x > 0 with e = 1 / E, is expanded, since a square doubles
// errors: E + 2 m + m k (2 + k (1 + k / 4)), with k = e and m = 1 on the left, k = 2 e and m = 2 on the right. Numerators are scaled, too.
fn math_mish_slope(x: f32) -> f32 {
    let size = min(abs(x), 110.0);
    let power = math_power(size, 0.0);
    let s = math_shift(9.09494702e-13, power.bits);
    let rest = s * math_exp_near(0.0, power.rest);
    let e = math_quotient(9.09494702e-13, s + rest);
    let positive = x > 0.0;
    let k = select(e, 2.0 * e, positive);
    let m = select(9.09494702e-13, 1.81898940e-12, positive);
    let u = 9.09494702e-13 - 9.09494702e-13 * size;
    let left = u + e * ((1.36424205e-12 - 9.09494702e-13 * size) + e * (9.09494702e-13 + 2.27373675e-13 * e));
    let right = k * ((1.81898940e-12 * size - 9.09494702e-13) - k * (u + 4.54747351e-13 * k));
    let divisor = (s + 2.0 * m) + (rest + m * (k * (2.0 + k * (1.0 + 0.25 * k))));
    let quotient = math_quotient(select(left, right, positive), divisor);
    return select(quotient, 1.0 + quotient, positive);
}

// The second derivative. With E = exp(abs(x)), e = 1 / E and R = 4 + k (9/4 + k (3/4 + k / 8)): for x < 0, 2 + x + e (4 + x + e (1.5 (2 - x) + e (1 - x))) over E (1 + e +
// e^2 / 2)^3, which is E + 3 + e (4.5 + e R), k = e; for x > 0, 8 (1 - x + e (1.5 (2 - x) + e (4 + x + e (2 + x)))) over E^2 (1 + 2 e + 2 e^2)^3,
// which is E (E + 6) + 18 + 8 e R, k = 2 e. Divisors are expanded, since a cube triples errors, and scaled by 2^-40 and 2^-80. With E = 2^n (1 + w)
// their first terms are exact. Rejected: numerator and divisor times e and e^2 (7.5 ULP). Error 5.4 ULP, but 3.2e-8 absolute beside the zeros.
fn math_mish_bend(x: f32) -> f32 {
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
    return select(9.09494702e-13, 6.6174449e-24, positive) * quotient;
}
