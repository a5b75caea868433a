// quick_gelu: x * s(alpha * x)
// derivative: s + alpha * x * s * (1 - s), s = s(alpha * x)
// second derivative: alpha * s * (1 - s) * (2 + alpha * x * (1 - 2 * s)), s = s(alpha * x)
// needs: nan logistic product
fn act_quick_gelu(x: f32, alpha: f32) -> f32 {
    let product = math_exponent(x, alpha);
    return math_keep_nan(x, math_times_logistic(x, product.high, product.low));
}

fn act_quick_gelu_backward(x: f32, dy: f32, alpha: f32) -> f32 {
    let product = math_exponent(x, alpha);
    let derivative = math_logistic_product_slope(product.high, product.low);
    return math_keep_nan(x, math_scale(dy, derivative));
}

fn act_quick_gelu_second(x: f32, dy: f32, alpha: f32) -> f32 {
    let product = math_exponent(abs(x), abs(alpha));
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(alpha, product.high, product.low)));
}
