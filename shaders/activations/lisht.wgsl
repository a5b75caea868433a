// lisht: x * tanh(x)
// derivative: tanh(x) + x * (1 - tanh(x)^2)
// needs: nan tanh tanh_slope
fn act_lisht(x: f32) -> f32 {
    return math_keep_nan(x, x * math_tanh(x));
}

// Both terms have x's sign.
fn act_lisht_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_tanh(x) + math_scale(x, math_tanh_slope(abs(x), 0.0))));
}
