// gelu_erf: x * Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2
// derivative: Phi(x) + x * phi(x), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
// second derivative: phi(x) * (2 - x^2)
// needs: nan bell gelu_erf product
fn act_gelu_erf(x: f32) -> f32 {
    return math_gelu_erf(x);
}

fn act_gelu_erf_beside_backward(x: f32) -> f32 {
    return math_gelu_erf_beside_slope(x);
}

fn act_gelu_erf_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_gelu_erf_slope(x)));
}

// 2 - x^2 is (sqrt(2) - a) (sqrt(2) + a), a = abs(x). The second word of the first root is a constant of its own, times what the other factors
// are beside the zero; phi(0) goes with them (minimax.py: gelu_erf_bend_zero, gelu_erf_bend_rest, density).
fn act_gelu_erf_second(x: f32, dy: f32) -> f32 {
    let a = min(abs(x), 20.0);
    let parabola = (1.41421354 - a) * (0.398942292 * (a + 1.41421354)) + 2.73104259e-8;
    return math_keep_nan(x, math_scale(dy, math_bell(parabola, MathProduct(a, 0.0))));
}
