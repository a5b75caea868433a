// The logistic sigmoid s(a) = 1 / (1 + exp(-a)) as a factor, and derivatives made of it, with a = high + low
// (see exp.wgsl).
// needs: divide exp exp_pair

// x * s(high + low). Error 1.7 ULP. Any high, low at most 0.2. Exactly 0 for high < -150, infinite x included
// (right where abs(x) < 1e28). One division by 1 + exp(-a), of which the exponential's own last rounding is
// part: e / (1 + e) rounds once more (2.2 to 2.9). Where exp(-a) > 2^96, numerator and denominator carry a
// factor 2^-96: subnormal results are right too.
fn math_times_logistic(x: f32, high: f32, low: f32) -> f32 {
    let bounded = select(select(high, 60.0, high > 60.0), -150.0, high < -150.0);
    let e = math_exp_parts(-bounded, -low);
    let large = e.exponent > 96;
    let one = select(1.0, 1.26217745e-29, large);
    let divisor = math_exp_sum(e.exponent - select(0, 96, large), e.rest, one, 0.0);
    return select(math_quotient(x * one, divisor), 0.0, high < -150.0);
}

// y * s(a) * (1 - s(a)) = y / (2 + exp(a) + exp(-a)) for a >= 0. Error 1.9 ULP, the product with y included.
// Exactly 0 for a > 104, infinite y included.
fn math_times_logistic_slope(y: f32, a: f32) -> f32 {
    let pair = math_exp_pair(a, 0.0);
    return select(math_over_exp_sum(y, pair, 2.0, pair.inverse), 0.0, a > 104.0);
}

// The derivative of x s(g(x)), which is s(a) + slope s(a) (1 - s(a)), with a = g(x) = high + low and
// slope = x g'(x) = slope_high + slope_low, of a's sign and at most 1000. For negative a that is
// r = ((1 - abs(slope)) + e) / (2 + exp(abs(a)) + e) with e = exp(-abs(a)); for positive a, 1 - r.
// Error 3 ULP, but 2^-27 absolute beside the zero of r, where slope loses 1 and e the rest.
fn math_logistic_product_slope(high: f32, low: f32, slope_high: f32, slope_low: f32) -> f32 {
    let negative = high < 0.0;
    let pair = math_exp_pair(abs(high), select(low, -low, negative));
    let numerator = ((1.0 - abs(slope_high)) - select(slope_low, -slope_low, negative)) + pair.inverse;
    let r = math_over_exp_sum(numerator, pair, 2.0, pair.inverse);
    return select(1.0 - r, r, negative);
}
