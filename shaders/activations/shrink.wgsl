// shrink: x > lambda ? x - bias : x < -lambda ? x + bias : 0
// derivative: abs(x) > lambda ? 1 : 0               at -lambda and lambda: 0
// needs: nan
fn act_shrink(x: f32, lambda: f32, bias: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, x + bias, x < -lambda), x - bias, x > lambda));
}

// A negative lambda leaves no dead zone: x > lambda or x < -lambda everywhere, and abs(x) > lambda too.
fn act_shrink_backward(x: f32, dy: f32, lambda: f32, bias: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, abs(x) > lambda));
}
