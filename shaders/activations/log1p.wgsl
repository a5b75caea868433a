// log1p: log(1 + x)                                  at -1: minus infinity; below, NaN
// derivative: 1 / (1 + x)                             at -1: infinity; below, NaN
// second derivative: -1 / (1 + x)^2                          at -1: minus infinity; below, NaN
// needs: nan log over_positive over_square
fn act_log1p(x: f32) -> f32 {
    return math_keep_nan(x, math_log1p(x));
}

fn act_log1p_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_positive(dy, 1.0 + x));
}

fn act_log1p_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_square(-dy, 1.0 + x));
}
