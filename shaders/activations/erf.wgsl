// erf: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
// derivative: 2 / sqrt(pi) * exp(-x^2)
// needs: nan erf exp split
fn act_erf(x: f32) -> f32 {
    return math_keep_nan(x, math_erf(x));
}

// x^2 needs 48 bits: the square of x's first 12 bits, and the rest. The logarithm of 2 / sqrt(pi) joins the latter (minimax.py: erf_slope).
// From 10.25 on the derivative is 0 in f32.
fn act_erf_backward(x: f32, dy: f32) -> f32 {
    let a = select(abs(x), 10.25, abs(x) > 10.25);
    let high = math_high(a);
    let low = math_low(a, high);
    let result = math_times_exp(dy, -(high * high), 0.120782241 - low * (a + high));
    return math_keep_nan(x, select(result, 0.0, abs(x) >= 10.25));
}
