// The derivative of the logistic sigmoid, s(a) (1 - s(a)) = e / (1 + 2 e + e^2) with e = exp(-a), by itself and as a factor.
// needs: divide power

// For a >= 0. Error 2.5 ULP. Exactly 0 for a > 87.7.
fn math_logistic_slope(a: f32) -> f32 {
    let e = math_exp_short(-min(a, 88.0));
    return math_quotient(e, 1.0 + e * (2.0 + e));
}

// y times it by the power of an exponent -a from -174 to 0, and any y, which comes before the power's second half: a large one may well bring
// a subnormal slope back. Error 3.0 ULP. Rejected: math_times_tanh_slope, whose 4 and 1/4 Mesa's OpenGL regroups (7.3 ULP beside 2^-126).
fn math_times_logistic_slope_by(y: f32, power: MathPower) -> f32 {
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let near = math_exp_near(1.0, power.rest);
    let e = (near * first) * second;
    let quotient = math_quotient(near, 1.0 + e * (2.0 + e));
    return ((y * first) * quotient) * second;
}
