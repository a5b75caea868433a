// relu_squared: max(x, 0)^2
// derivative: 2 * max(x, 0)                         at 0: 0
// second derivative: x > 0 ? 2 : 0                 at 0: 0
// needs: nan sqrt square_slope
fn act_relu_squared(x: f32) -> f32 {
    return math_keep_nan(x, select(0.0, x * x, x > 0.0));
}

fn act_relu_squared_backward(x: f32, dy: f32) -> f32 {
    return math_positive_square_slope(x, dy);
}

fn act_relu_squared_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, 2.0 * math_sqrt(y)));
}

fn act_relu_squared_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, 2.0 * dy, x > 0.0));
}
