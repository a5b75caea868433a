// linear: alpha * x + beta
// derivative: alpha
// needs: nan line
fn act_linear(x: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_line(x, alpha, 0.0, beta));
}

fn act_linear_backward(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, alpha));
}

fn act_linear_backward_from_output(y: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, alpha));
}
