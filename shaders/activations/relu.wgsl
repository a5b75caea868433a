// relu: max(x, 0)
// derivative: x > 0 ? 1 : 0                         at 0: 0
// needs: nan
fn act_relu(x: f32) -> f32 {
    return math_positive_part(x);
}

fn act_relu_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, x > 0.0));
}

// The output is positive exactly where the input is.
fn act_relu_backward_from_output(y: f32, dy: f32) -> f32 {
    return act_relu_backward(y, dy);
}
