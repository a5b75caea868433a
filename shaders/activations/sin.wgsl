// sin: sin(x)
// derivative: cos(x)                                  at infinities, where neither has a limit: those at 0
// second derivative: -sin(x)
// needs: nan sin
fn act_sin(x: f32) -> f32 {
    return math_keep_nan(x, math_sin(x, 0));
}

fn act_sin_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_sin(x, 1)));
}

fn act_sin_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(-dy, math_sin(x, 0)));
}
