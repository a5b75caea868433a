// log: log(x)                                        at 0: minus infinity; below, NaN
// derivative: 1 / x                                   at 0: infinity; below, NaN
// second derivative: -1 / x^2                                at 0: minus infinity; below, NaN
// needs: nan log over_positive over_square
fn act_log(x: f32) -> f32 {
    return math_keep_nan(x, math_log(x));
}

fn act_log_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_positive(dy, x));
}

fn act_log_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_square(-dy, x));
}
