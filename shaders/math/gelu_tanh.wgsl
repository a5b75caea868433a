// x * s(2 k (x + 0.044715 x^3)), k = sqrt(2 / pi), and its derivative, for every x but NaN, which the first passes on.
// needs: divide nan power

// With v = 2 k (a + 0.044715 a^3) for a = abs(x) up to 11.5, v log2(e) = a (A + B a^2) as product + rest. The product is exact: one word is
// off by 200 ULP of exp(v) in the left tail. A = 2.30220795 + 2.5136697e-7 and B = 0.1025390625 + 0.000404177088 (minimax.py: gelu_tanh_a,
// gelu_tanh_b), in one word 0.102943242 (minimax.py: gelu_tanh_b_rounded). With h, which is a rounded to 1/16 by an integer mask, h^2 and A + B h^2 in
// their first words are exact, and so is h times the first 16 bits of that sum. Rejected: h on 1/8 without that cut (4.9 ULP).
struct MathGeluTanhExponent {
    product: f32,
    rest: f32,
}

fn math_gelu_tanh_exponent(a: f32) -> MathGeluTanhExponent {
    let h = bitcast<f32>(bitcast<u32>(a + 16.03125) & 0xffff8000u) - 16.0;
    let low = a - h;
    let square = h * h;
    let sum = 2.30220795 + 0.1025390625 * square;
    let high = bitcast<f32>(bitcast<u32>(sum) & 0xffffff00u);
    let rest = ((sum - high) + (2.5136697e-7 + 0.000404177088 * square)) + (0.102943242 * low) * (a + h);
    return MathGeluTanhExponent(h * high, a * rest + low * high);
}

// To base 2 and so without a logarithm to take off: minus the exponent's nearest integer, in bits as math_power has them, and what is left.
fn math_gelu_tanh_power(exponent: MathGeluTanhExponent) -> MathPower {
    let sum = bitcast<u32>(12582912.0 - (exponent.product + exponent.rest));
    let bits = sum & 0x4bffffffu;
    let n = bitcast<f32>(bits) - 12582912.0;
    let difference = bitcast<f32>(bitcast<u32>(exponent.product + n) | (sum & 0x80000000u));
    return MathPower(bits, difference + exponent.rest);
}

// first + 4096 (2^r - 1) on abs(r) <= 0.5005, relative error of 2^r 2^-27.38 (minimax.py: exp2).
fn math_gelu_tanh_exp2_near(first: f32, r: f32) -> f32 {
    return first + r * (2839.1311 + r * (983.968079 + r * (227.339294
        + r * (39.3895988 + r * (5.49539518 + r * 0.653759122)))));
}

// max(x, 0) - a S / (S + 2^r) with 2^r / S = exp(v) has neither a tanh nor a cancellation. Both sides are times 4096, so that S is in range; at
// 10.38, where the result is subnormal, it is 2^-127 and comes out as 0. Error 3.0103 ULP, at -9.337; neighbouring constants, one by one or
// drawn at random, give no less. Rejected: a / (1 + exp(v)), which takes three operations more.
fn math_gelu_tanh(x: f32) -> f32 {
    let a = min(abs(x), 10.38);
    let power = math_gelu_tanh_power(math_gelu_tanh_exponent(a));
    let s = math_shift(4096.0, power.bits);
    return math_positive_part(x) - math_quotient(a * s, 4096.0 + math_gelu_tanh_exp2_near(s, power.rest));
}

// For negative x it is ((1 - slope) + e) / (2 + E + e) with E = exp(v), e = 1 / E and slope = a v'(a) = v + 2 b a^3; for positive x, 1 less
// that. Numerators are times log2(e) = 1.44269502 (minimax.py: log2_e), so that the exponent serves the slope, too; all is scaled by 2^-40.
// Error 4.9 ULP, but 2.3e-8 absolute beside the zero. Rejected: e ((1 - slope) + e) / (1 + e)^2 (5.1 ULP and more).
fn math_gelu_tanh_slope(x: f32) -> f32 {
    let a = min(abs(x), 11.0);
    let v = math_gelu_tanh_exponent(a);
    let power = math_gelu_tanh_power(v);
    let s = math_shift(2.22044605e-16, 0u - power.bits); // 2^-52
    let sum = s * math_gelu_tanh_exp2_near(4096.0, power.rest);
    let e = math_quotient(1.31212354e-12, sum); // times 2^-40 log2(e)
    let slope = (1.44269502 - v.product) - (v.rest + (0.205886483 * a) * (a * a));
    let quotient = math_quotient(slope + e, (sum + 1.81898940e-12) + 6.30413672e-13 * e); // 2^-40 ln 2
    // 1 for positive x, else 0. Whatever it is where x is tiny: the quotient counts as 1/2 there, and so does what is left of 1.
    let positive = clamp(x * 1.07374182e9, 0.0, 1.0);
    return positive + (6.30413672e-13 - 1.26082734e-12 * positive) * quotient;
}

// The second derivative, e ((A - B) + e (A + B)) / (1 + e)^3 with e = exp(-v), A = v'' a + 2 v' and B = a v'^2: A - B in powers of a - 1.3125, about
// where it is 0 (minimax.py: gelu_tanh_bend_0, gelu_tanh_bend_1, gelu_tanh_bend_2, gelu_tanh_bend_3, gelu_tanh_bend_4, gelu_tanh_bend_5), and A + B as
// 2 A less that (minimax.py: gelu_tanh_bend_sum, gelu_tanh_bend_sum_square). e = 2^n (1 + w) comes last into products and sums: its own
// rounding would be one more in each. Error 5.9 ULP, but 3.2e-8 absolute beside the zero. Rejected: A - B by Horner's rule (6.6 ULP).
fn math_gelu_tanh_bend(x: f32) -> f32 {
    // Here the result is 0.
    let a = min(abs(x), 11.5);
    let power = math_gelu_tanh_power(math_gelu_tanh_exponent(a));
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let w = 0.000244140625 * math_gelu_tanh_exp2_near(0.0, -power.rest); // 2^-12
    let s = first * second;
    let e = s + s * w;
    let t = a - 1.3125;
    let square = t * t;
    let difference = (-0.398850381 - t * 4.50944996)
        - square * ((2.86988711 + t * 1.47257781) + square * (0.300717294 + t * 0.045823589));
    let above = s * ((6.38307667 + 1.71251559 * (a * a)) - difference);
    let below = s * (3.0 + e * (3.0 + e));
    let quotient = math_quotient((difference + above) + above * w, (1.0 + below) + below * w);
    return (first * (quotient + quotient * w)) * second;
}
