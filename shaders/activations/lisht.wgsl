// lisht: x * tanh(x)
// derivative: tanh(x) + x * (1 - tanh(x)^2)
// second derivative: 2 * (1 - tanh(x)^2) * (1 - x * tanh(x))
// needs: nan logistic tanh tanh_slope
fn act_lisht(x: f32) -> f32 {
    return math_keep_nan(x, x * math_tanh(x));
}

// Both terms have x's sign.
fn act_lisht_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_tanh(x) + math_scale(x, math_tanh_slope(abs(x), 0.0))));
}

// x tanh(x) is 2 x s(2 x) - x.
fn act_lisht_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(4.0, 2.0 * abs(x), 0.0)));
}
