// sigmoid: 1 / (1 + exp(-x))
// derivative: s(x) * (1 - s(x))
// second derivative: s(x) * (1 - s(x)) * (1 - 2 * s(x))
// needs: nan logistic logistic_slope tanh_slope
fn act_sigmoid(x: f32) -> f32 {
    return math_keep_nan(x, math_logistic(x, 0.0));
}

fn act_sigmoid_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_logistic_slope(abs(x))));
}

fn act_sigmoid_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, y * (1.0 - y)));
}

// 1 - 2 s(x) is -tanh(x / 2), which is relatively accurate beside 0.
fn act_sigmoid_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_tanh_bend(select(-0.25, 0.25, x < 0.0), 0.5 * abs(x), 0.0)));
}
