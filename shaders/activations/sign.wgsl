// sign: x > 0 ? 1 : x < 0 ? -1 : 0
// derivative: 0
// needs: nan
fn act_sign(x: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0));
}

fn act_sign_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, 0.0);
}

fn act_sign_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, 0.0);
}
