// 16 bits: as ../factor_logistic.wgsl.
// needs: logistic product

fn math_times_factor_logistic(y: f32, x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_times_logistic(y, math_exponent(x, factor).high, 0.0);
}

fn math_times_factor_logistic_slope(y: f32, x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_times_logistic_product_slope(y, math_exponent(x, factor).high, 0.0);
}
