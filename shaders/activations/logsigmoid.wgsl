// logsigmoid: -log(1 + exp(-x))
// derivative: s(-x)
// needs: nan exp log1p_exp logistic
fn act_logsigmoid(x: f32) -> f32 {
    let a = select(abs(x), 174.0, abs(x) > 174.0);
    return math_keep_nan(x, select(x, 0.0, x > 0.0) + math_times_log1p_exp(-1.0, -a, 0.0));
}

fn act_logsigmoid_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_logistic(1.0, -x, 0.0)));
}

// 1 - exp(y)
fn act_logsigmoid_backward_from_output(y: f32, dy: f32) -> f32 {
    let bounded = select(y, -174.0, y < -174.0);
    return math_keep_nan(y, math_scale(dy, math_times_expm1(-1.0, bounded, 0.0)));
}
