// tanh: tanh(x)
// derivative: 1 - tanh(x)^2
// second derivative: -2 * tanh(x) * (1 - tanh(x)^2)
// needs: nan tanh tanh_slope
fn act_tanh(x: f32) -> f32 {
    return math_keep_nan(x, math_tanh(x));
}

fn act_tanh_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_tanh_slope(abs(x), 0.0)));
}

// Both factors are exact or rounded once; y * y would lose the difference's last bits.
fn act_tanh_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, (1.0 - y) * (1.0 + y)));
}

fn act_tanh_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_tanh_bend(select(-2.0, 2.0, x < 0.0), abs(x), 0.0)));
}
