// f16: as ../logistic.wgsl. What is below 2^-58 counts as 0 (scale.wgsl), so that exp(x) has the range.
// needs: divide nan

fn math_logistic(high: f32, low: f32) -> f32 {
    return math_quotient(1.0, 1.0 + exp(min(-(high + low), 60.0)));
}

fn math_times_own_logistic(x: f32) -> f32 {
    let bounded = math_at_least(x, -60.0);
    return math_quotient(bounded, 1.0 + exp(-bounded));
}

fn math_times_logistic(x: f32, high: f32, low: f32) -> f32 {
    let a = high + low;
    return select(math_quotient(x, 1.0 + exp(min(-a, 60.0))), 0.0, a < -60.0);
}

fn math_logistic_slope(a: f32) -> f32 {
    let e = exp(-a);
    let r = math_quotient(1.0, 1.0 + e);
    return e * r * r;
}

// Beside the zero, an absolute error of 2^-23.
fn math_own_logistic_slope(high: f32, low: f32) -> f32 {
    let a = high + low;
    let e = exp(-a);
    let r = math_quotient(1.0, 1.0 + e);
    return (e * r) * (1.0 - a * r);
}

fn math_logistic_product_slope(high: f32, low: f32) -> f32 {
    let a = high + low;
    let r = math_own_logistic_slope(min(abs(a), 60.0), 0.0);
    return select(1.0 - r, r, a < 0.0);
}
