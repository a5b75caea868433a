// step: x >= threshold ? 1 : 0
// derivative: 0
// needs: nan
fn act_step(x: f32, threshold: f32) -> f32 {
    return math_keep_nan(x, select(0.0, 1.0, x >= threshold));
}

fn act_step_backward(x: f32, dy: f32, threshold: f32) -> f32 {
    return math_keep_nan(x, 0.0);
}

fn act_step_backward_from_output(y: f32, dy: f32, threshold: f32) -> f32 {
    return math_keep_nan(y, 0.0);
}
