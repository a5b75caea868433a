// threshold: x > threshold ? x : value
// derivative: x > threshold ? 1 : 0                 at threshold: 0
// needs: nan
fn act_threshold(x: f32, threshold: f32, value: f32) -> f32 {
    return math_keep_nan(x, select(value, x, x > threshold));
}

fn act_threshold_backward(x: f32, dy: f32, threshold: f32, value: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, x > threshold));
}
