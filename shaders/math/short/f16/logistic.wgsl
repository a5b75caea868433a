// f16: as ../logistic.wgsl. What is below 2^-58 counts as 0 (scale.wgsl), so that exp(x) has the range.
// needs: divide nan

fn math_logistic(high: f32, low: f32) -> f32 {
    return math_quotient(1.0, 1.0 + exp(min(-(high + low), 60.0)));
}

fn math_logistic_by(power: f32) -> f32 {
    return math_quotient(1.0, 1.0 + exp2(min(-power, 87.0)));
}

// Of large negative x, only an infinite one needs a select: of all others nothing is left (scale.wgsl). NaN comes back through the
// quotient. Value and derivative call the same exp: a gate's gradients need both.
fn math_times_own_logistic(x: f32) -> f32 {
    let held = select(x, 0.0, bitcast<u32>(x) == 0xff800000u);
    return math_quotient(held, 1.0 + exp(-clamp(x, -60.0, 60.0)));
}

fn math_times_logistic(x: f32, high: f32, low: f32) -> f32 {
    let a = high + low;
    return select(math_quotient(x, 1.0 + exp(-clamp(a, -60.0, 60.0))), 0.0, a < -60.0);
}

// s (1 + a (1 - s)). Beside the zero, an absolute error of 2^-23.
fn math_logistic_product_slope(high: f32, low: f32) -> f32 {
    let a = clamp(high + low, -60.0, 60.0);
    let e = exp(-a);
    let r = math_quotient(1.0, 1.0 + e);
    return r * (1.0 + a * (e * r));
}

fn math_times_logistic_product_slope(y: f32, high: f32, low: f32) -> f32 {
    return math_scale(y, math_logistic_product_slope(high, low));
}

fn math_times_own_logistic_slope(x: f32) -> f32 {
    return math_logistic_product_slope(x, 0.0);
}

fn math_times_own_logistic_bend(y: f32, high: f32, low: f32) -> f32 {
    let a = min(high + low, 87.0);
    let e = exp(-a);
    let r = math_quotient(1.0, 1.0 + e);
    return select(y * (((e * r) * ((2.0 - a) + e * (2.0 + a))) * (r * r)), 0.0, high >= 87.0);
}
