// erf: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
// derivative: 2 / sqrt(pi) * exp(-x^2)
// second derivative: -4 / sqrt(pi) * x * exp(-x^2)
// needs: nan erf exp split
fn act_erf(x: f32) -> f32 {
    return math_keep_nan(x, math_erf(x));
}

// y times the derivative, 0 from an end on. x^2 needs 48 bits: the square of x's first 12 bits, and the rest. The logarithm of 2 / sqrt(pi)
// joins the latter (minimax.py: erf_slope).
fn act_erf_times_slope(y: f32, x: f32, end: f32) -> f32 {
    let a = select(abs(x), end, abs(x) > end);
    let high = math_high(a);
    let low = math_low(a, high);
    let result = math_times_exp(y, -(high * high), 0.120782241 - low * (a + high));
    return select(result, 0.0, abs(x) >= end);
}

// From 10.25 on the derivative is 0 in f32.
fn act_erf_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, act_erf_times_slope(dy, x, 10.25));
}

// -2 x times that. From 10.35 on it is 0 in f32.
fn act_erf_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, act_erf_times_slope(-2.0 * x, x, 10.35)));
}
