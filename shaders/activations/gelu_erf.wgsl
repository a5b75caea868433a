// gelu_erf: x * Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2
// derivative: Phi(x) + x * phi(x), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
// needs: nan gelu_erf
fn act_gelu_erf(x: f32) -> f32 {
    return math_gelu_erf(x);
}

fn act_gelu_erf_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_gelu_erf_slope(x)));
}
