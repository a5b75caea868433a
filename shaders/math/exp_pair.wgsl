// exp(a) and exp(-a) together, for quotients by constant + exp(a) + something small, as derivatives of
// sigmoids have them. The even and the odd part of one polynomial give both, and exp(a) is never rounded for
// itself: its last rounding is that of the sum. Error of such a quotient 1.9 ULP; e / (1 + e)^2 with e =
// exp(-a), expanded or not, rounds more often (2.3, and 3.2 with one more factor).
// needs: divide exp fence

struct MathExpPair {
    exponent: i32,
    rest: f32,     // exp(a) = 2^exponent (1 + rest)
    inverse: f32,  // exp(-a), error 1.2 ULP down to 2^-120
}

// For a = high + low >= 0, low at most 0.2. Beyond 150, as at 150.
fn math_exp_pair(high: f32, low: f32) -> MathExpPair {
    let reduced = math_exp_reduce(select(high, 150.0, high > 150.0), low);
    let r = reduced.high - reduced.low;
    let z = r * r;
    // cosh(r) = 1 + even and sinh(r) = r + r z (...) on abs(r) <= 0.34692, absolute errors 2^-33.21 and
    // 2^-36.77 (minimax.py: cosh, sinh).
    let even = z * (0.5 + z * (0.0416664593 + z * 0.00139354391));
    let odd = (r * z) * (0.166666672 + z * (0.00833318848 + z * 0.000199618386)) - reduced.low;
    let rest = reduced.high + math_fence(even + odd, reduced.zero);
    let inverse_rest = math_fence(even - odd, reduced.zero) - reduced.high;
    let down = math_power_of_two(-min(reduced.exponent, 120));
    return MathExpPair(reduced.exponent, rest, down + down * inverse_rest);
}

// constant + exp(a) + small, the constant a multiple of 1/2: its sum with 2^n is exact up to n = 22; beyond,
// it joins the smaller terms first.
fn math_exp_sum(exponent: i32, rest: f32, constant: f32, small: f32) -> f32 {
    let scale = math_power_of_two(exponent);
    let other = scale * rest + small;
    let swap = exponent > 22;
    return (constant + select(scale, other, swap)) + select(other, scale, swap);
}

// x / (constant + exp(a) + small) for a constant from 0.5 to 4. Where exp(a) > 2^96, numerator and
// denominator carry a factor 2^-96 that keeps them in range, and nothing but exp(a) counts.
fn math_over_exp_sum(x: f32, pair: MathExpPair, constant: f32, small: f32) -> f32 {
    let large = pair.exponent > 96;
    let one = select(1.0, 1.26217745e-29, large);
    let exponent = pair.exponent - select(0, 96, large);
    return math_quotient(x * one, math_exp_sum(exponent, pair.rest, constant * one, small * one));
}
