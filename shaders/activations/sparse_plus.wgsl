// sparse_plus: x <= -1 ? 0 : x < 1 ? (x + 1)^2 / 4 : x
// derivative: min(max((x + 1) / 2, 0), 1)
// second derivative: -1 < x < 1 ? 1/2 : 0          at -1: 0, at 1: 0
// needs: nan
fn act_sparse_plus(x: f32) -> f32 {
    // Up to -3/8 the sum x + 1 is exact but for one bit. Beyond, it is rounded and then squared: the expanded
    // square is better.
    let half = 0.5 * (x + 1.0);
    let inner = select(x * (0.5 + 0.25 * x) + 0.25, half * half, x < -0.375);
    return math_keep_nan(x, select(select(0.0, inner, x > -1.0), x, x >= 1.0));
}

fn act_sparse_plus_backward(x: f32, dy: f32) -> f32 {
    let derivative = select(select(0.0, 0.5 * (x + 1.0), x > -1.0), 1.0, x >= 1.0);
    return math_keep_nan(x, math_scale(dy, derivative));
}

fn act_sparse_plus_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, 0.5 * dy, x > -1.0 && x < 1.0));
}
