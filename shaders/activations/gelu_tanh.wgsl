// gelu_tanh: x * s(2 * k * (x + 0.044715 * x^3)), k = sqrt(2 / pi)
// derivative: s + x * s * (1 - s) * 2 * k * (1 + 3 * 0.044715 * x^2), s as above
// second derivative: s(u) * s(-u) * (4 * k * (1 + 6 * 0.044715 * x^2) + x * v^2 * (1 - 2 * s(u))), u as above,
// v = 2 * k * (1 + 3 * 0.044715 * x^2)
// needs: nan gelu_tanh
fn act_gelu_tanh(x: f32) -> f32 {
    return math_gelu_tanh(x);
}

fn act_gelu_tanh_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_gelu_tanh_slope(x)));
}

fn act_gelu_tanh_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_gelu_tanh_bend(x)));
}
