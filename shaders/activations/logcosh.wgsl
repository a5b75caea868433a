// logcosh: log(cosh(x))
// derivative: tanh(x)
// second derivative: 1 - tanh(x)^2
// needs: fence nan log1p_exp tanh tanh_slope

// With a = abs(x): a - log(2) + log(1 + exp(-2 a)); near 0, where those cancel, a polynomial. The difference is exact: without the
// fence, NVIDIA's compiler adds a to the logarithm first (2.5 ULP).
fn act_logcosh(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    // log(cosh(a)) = z / 2 + z^2 p(z) on [0, 1], relative error 2^-30.64 (minimax.py: logcosh).
    let p = -0.0833333135 + z * (0.0222216621 + z * (-0.00674082339 + z * (0.00216393662
        + z * (-0.000683011313 + z * (0.000178672315 + z * -2.62926424e-5)))));
    // log(2) in two words (minimax.py: logcosh_log2).
    let zero = bitcast<u32>(z) & 0x80000000u; // no square is negative
    let small = math_fence(math_times_log1p_exp(1.0, -2.0 * a, 0.0), zero);
    let far = math_fence(a - 0.693147182, zero) + (small + 1.90465421e-9);
    return math_keep_nan(x, select(far, 0.5 * z + (z * z) * p, a < 1.0));
}

fn act_logcosh_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_tanh(x)));
}

fn act_logcosh_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_tanh_slope(abs(x), 0.0)));
}
