// quick_gelu: x * s(alpha * x)
// derivative: s + alpha * x * s * (1 - s), s = s(alpha * x)
// second derivative: alpha * s * (1 - s) * (2 + alpha * x * (1 - 2 * s)), s = s(alpha * x)
// needs: nan factor_words logistic own_factor_logistic product
fn act_quick_gelu(x: f32, alpha: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_times_own_factor_logistic(x, alpha, rate, step, rest);
}

fn act_quick_gelu_derive(alpha: f32) -> array<f32, 3> {
    return math_factor_words(alpha);
}

fn act_quick_gelu_backward(x: f32, dy: f32, alpha: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_own_factor_logistic_slope(x, alpha, rate, step, rest)));
}

fn act_quick_gelu_second(x: f32, dy: f32, alpha: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let product = math_exponent(abs(x), abs(alpha));
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(alpha, product.high, product.low)));
}
