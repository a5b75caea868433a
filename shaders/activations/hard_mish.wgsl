// hard_mish: x <= -2 ? 0 : x < 0 ? x * (x + 2) / 2 : x
// derivative: x <= -2 ? 0 : x < 0 ? x + 1 : 1       at -2: 0
// second derivative: -2 < x < 0 ? 1 : 0
// needs: nan
fn act_hard_mish(x: f32) -> f32 {
    // x + 2 is exact beside its zero. The half goes with it: half of a small x may be subnormal, and flushed.
    let inner = x * (0.5 * (x + 2.0));
    return math_keep_nan(x, select(select(0.0, inner, x > -2.0), x, x >= 0.0));
}

fn act_hard_mish_backward(x: f32, dy: f32) -> f32 {
    // x + 1 is exact beside the zero of the derivative.
    let derivative = select(select(0.0, x + 1.0, x > -2.0), 1.0, x >= 0.0);
    return math_keep_nan(x, math_scale(dy, derivative));
}

fn act_hard_mish_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, x > -2.0 && x < 0.0));
}
