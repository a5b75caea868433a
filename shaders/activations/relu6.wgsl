// relu6: min(max(x, 0), 6)
// derivative: 0 < x < 6 ? 1 : 0                     at 0 and 6: 0
// needs: nan
fn act_relu6(x: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, x, x > 0.0), 6.0, x > 6.0));
}

fn act_relu6_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, x > 0.0 && x < 6.0));
}

// The output lies strictly between 0 and 6 exactly where the input does.
fn act_relu6_backward_from_output(y: f32, dy: f32) -> f32 {
    return act_relu6_backward(y, dy);
}
