// square: x^2
// derivative: 2 * x
// second derivative: 2
// needs: nan
fn act_square(x: f32) -> f32 {
    return math_keep_nan(x, x * x);
}

// 2 * x alone may leave the range of f32, and a product that is still to be doubled may be subnormal.
fn act_square_backward(x: f32, dy: f32) -> f32 {
    let result = select(2.0 * math_scale(dy, x), math_scale(dy, 2.0 * x), abs(x) < 1.0);
    return math_keep_nan(x, result);
}

fn act_square_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, 2.0 * dy);
}
