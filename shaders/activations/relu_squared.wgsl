// relu_squared: max(x, 0)^2
// derivative: 2 * max(x, 0)                         at 0: 0
// needs: nan sqrt
fn act_relu_squared(x: f32) -> f32 {
    return math_keep_nan(x, select(0.0, x * x, x > 0.0));
}

fn act_relu_squared_backward(x: f32, dy: f32) -> f32 {
    // The factor 2 goes to the smaller side: 2 * x may overflow where the gradient does not.
    let large = x > 1.0;
    let gradient = math_scale(select(dy, 2.0 * dy, large), select(2.0 * x, x, large));
    return math_keep_nan(x, select(0.0, gradient, x > 0.0));
}

fn act_relu_squared_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, 2.0 * math_sqrt(y)));
}
