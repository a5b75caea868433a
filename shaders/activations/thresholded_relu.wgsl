// thresholded_relu: x > alpha ? x : 0
// derivative: x > alpha ? 1 : 0                     at alpha: 0
// needs: nan
fn act_thresholded_relu(x: f32, alpha: f32) -> f32 {
    return math_keep_nan(x, select(0.0, x, x > alpha));
}

fn act_thresholded_relu_backward(x: f32, dy: f32, alpha: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, x > alpha));
}

// For alpha >= 0 only: then an output above alpha is the input itself, and any other is 0.
fn act_thresholded_relu_backward_from_output(y: f32, dy: f32, alpha: f32) -> f32 {
    return act_thresholded_relu_backward(y, dy, alpha);
}
