// x * s(factor * x) and its derivative, by the words of factor_power.wgsl.
// needs: factor_logistic logistic nan product

// NaN for NaN.
fn math_times_own_factor_logistic(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_times_factor_logistic(x, x, factor, rate, step, rest));
}

// For every x but NaN. By a product in two words, which rounds once less than whole steps do: 4.16 ULP at worst, where
// math_times_factor_logistic_slope is off by 4.62.
fn math_own_factor_logistic_slope(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let product = math_exponent(x, factor);
    return math_logistic_product_slope(product.high, product.low);
}
