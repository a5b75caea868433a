// sqrt: sqrt(x)                                      below 0: NaN
// derivative: 1 / (2 * sqrt(x))                       at 0: infinity; below, NaN
// second derivative: -1 / (4 * x * sqrt(x))                 at 0: minus infinity; below, NaN
// needs: nan beyond over_positive over_root_cubed sqrt
fn act_sqrt(x: f32) -> f32 {
    return math_keep_nan(x, select(math_sqrt(x), math_undefined(x), x < 0.0));
}

fn act_sqrt_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_positive(dy, select(2.0 * math_sqrt(x), x, x < 0.0)));
}

fn act_sqrt_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_over_positive(dy, 2.0 * y));
}

fn act_sqrt_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_root_cubed(-0.25 * dy, x));
}
