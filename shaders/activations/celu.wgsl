// celu: x > 0 ? x : alpha * (exp(x / alpha) - 1)
// derivative: x > 0 ? 1 : exp(x / alpha)            at 0: 1
// second derivative: x > 0 ? 0 : exp(x / alpha) / alpha   at 0: 1 / alpha
// needs: nan exp product

// x / alpha to about 36 bits, by 1 / alpha in two words. For negative alpha it is positive.
fn act_celu_exponent(x: f32, inverse_alpha_high: f32, inverse_alpha_low: f32) -> MathProduct {
    let product = math_product(select(x, 0.0, x > 0.0), inverse_alpha_high);
    let out = abs(product.high) >= 174.0 || x > 0.0 || inverse_alpha_low == 0.0;
    let correction = select(x * inverse_alpha_low, 0.0, out);
    return MathProduct(product.high, product.low + correction);
}

// Where x / alpha is so small that the result rounds to x, it may also be too small for a normal number.
fn act_celu(x: f32, alpha: f32, inverse_alpha_high: f32, inverse_alpha_low: f32) -> f32 {
    let exponent = act_celu_exponent(x, inverse_alpha_high, inverse_alpha_low);
    let left = math_times_expm1(alpha, exponent.high, exponent.low);
    let line = x > 0.0 || abs(exponent.high) < 1.49011612e-8; // 2^-26
    return math_keep_nan(x, select(left, x, line));
}

// exp overflows for negative alpha, where its product with a small dy need not: dy is multiplied in before
// the last scale.
fn act_celu_backward(x: f32, dy: f32, alpha: f32, inverse_alpha_high: f32, inverse_alpha_low: f32) -> f32 {
    let exponent = act_celu_exponent(x, inverse_alpha_high, inverse_alpha_low);
    let left = select(math_times_exp(dy, exponent.high, exponent.low), 0.0, exponent.high < -104.0);
    return math_keep_nan(x, select(left, dy, x > 0.0));
}

// 1 + y / alpha as one sum, which is exact beside its zero. The inverse of an infinite alpha is 0.
fn act_celu_backward_from_output(y: f32, dy: f32, alpha: f32, inverse_alpha_high: f32, inverse_alpha_low: f32) -> f32 {
    let derivative = (y + alpha) * inverse_alpha_high;
    return math_keep_nan(y, math_scale(dy, select(derivative, 1.0, y > 0.0 || inverse_alpha_high == 0.0)));
}

fn act_celu_second(x: f32, dy: f32, alpha: f32, inverse_alpha_high: f32, inverse_alpha_low: f32) -> f32 {
    let exponent = act_celu_exponent(x, inverse_alpha_high, inverse_alpha_low);
    let left = math_times_exp(inverse_alpha_high, exponent.high, exponent.low);
    return math_keep_nan(x, math_scale(dy, select(left, 0.0, x > 0.0)));
}
