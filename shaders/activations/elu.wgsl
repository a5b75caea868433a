// elu: x > 0 ? x : alpha * (exp(x) - 1)
// derivative: x > 0 ? 1 : alpha * exp(x)            at 0: alpha, as PyTorch
// second derivative: x > 0 ? 0 : alpha * exp(x)           at 0: alpha
// needs: nan exp scale_exp

// The argument of exp, not its result, has no other sign: an overflow behind a select would still be a NaN in
// someone's product.
fn act_elu(x: f32, alpha: f32) -> f32 {
    return select(x, alpha * math_expm1(-abs(x), 0.0), math_is_negative(x));
}

fn act_elu_backward(x: f32, dy: f32, alpha: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp_left(dy, alpha, x, 1.0));
}

fn act_elu_backward_from_output(y: f32, dy: f32, alpha: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, select(y + alpha, 1.0, y > 0.0)));
}

fn act_elu_second(x: f32, dy: f32, alpha: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp_left(dy, alpha, x, 0.0));
}
