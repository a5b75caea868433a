// silu: x * s(x)
// derivative: s(x) * (1 + x * (1 - s(x)))
// second derivative: s(x) * (1 - s(x)) * (2 + x * (1 - 2 * s(x)))
// needs: nan logistic
fn act_silu(x: f32) -> f32 {
    return math_times_own_logistic(x);
}

fn act_silu_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_slope(x)));
}

fn act_silu_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(1.0, abs(x), 0.0)));
}
