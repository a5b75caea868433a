// softshrink: x > lambda ? x - lambda : x < -lambda ? x + lambda : 0
// derivative: abs(x) > lambda ? 1 : 0               at -lambda and lambda: 0
// needs: nan
fn act_softshrink(x: f32, lambda: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, x + lambda, x < -lambda), x - lambda, x > lambda));
}

fn act_softshrink_backward(x: f32, dy: f32, lambda: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, abs(x) > lambda));
}

// The difference of two different numbers does not round to 0, so the output is 0 exactly in the dead zone.
fn act_softshrink_backward_from_output(y: f32, dy: f32, lambda: f32) -> f32 {
    return math_keep_nan(y, select(dy, 0.0, y == 0.0));
}
