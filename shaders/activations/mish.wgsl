// mish: x * tanh(log(1 + exp(x)))
// derivative: t + x * (1 - t^2) * s(x), t = tanh(log(1 + exp(x)))
// second derivative: 4 * u * (2 * (1 + u) * d + x * (2 + 2 * u - 3 * u^2 - 2 * u^3)) / d^3, u = exp(x), d = u^2 + 2 * u + 2
// needs: nan mish
fn act_mish(x: f32) -> f32 {
    return math_mish(x);
}

fn act_mish_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_mish_slope(x)));
}

fn act_mish_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_mish_bend(x)));
}
