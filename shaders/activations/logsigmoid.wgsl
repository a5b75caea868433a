// logsigmoid: -log(1 + exp(-x))
// derivative: s(-x)
// second derivative: -s(x) * s(-x)
// needs: nan exp log1p_exp logistic logistic_slope
fn act_logsigmoid(x: f32) -> f32 {
    // min(x, 0), which is x for NaN, too: there -x is no larger than 0.
    let base = select(x, 0.0, bitcast<u32>(x) <= 0x7f800000u);
    return base - math_log1p_exp(-min(abs(x), 88.0));
}

fn act_logsigmoid_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_logistic(-x, 0.0)));
}

// 1 - exp(y)
fn act_logsigmoid_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, -math_expm1(y, 0.0)));
}

fn act_logsigmoid_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, -math_logistic_slope(abs(x))));
}
