// log1mexp: log(1 - exp(-x))                            at 0: minus infinity; below, NaN
// derivative: 1 / (exp(x) - 1)                          at 0: infinity; below, NaN
// second derivative: -exp(x) / (exp(x) - 1)^2                 at 0: minus infinity; below, NaN
// needs: nan exp log1mexp over_positive over_square
fn act_log1mexp(x: f32) -> f32 {
    return math_keep_nan(x, math_log1mexp(x));
}

// exp(-x) / (1 - exp(-x))
fn act_log1mexp_backward(x: f32, dy: f32) -> f32 {
    let parts = math_exp_and_rest(x);
    return math_keep_nan(x, math_over_positive(math_scale(dy, parts.x), select(parts.y, x, x < 0.0)));
}

// exp(-y) - 1
fn act_log1mexp_backward_from_output(y: f32, dy: f32) -> f32 {
    let size = select(-y, 174.0, y < -174.0);
    return math_keep_nan(y, math_scale(dy, math_times_expm1(1.0, size, 0.0)));
}

// -exp(-x) / (1 - exp(-x))^2
fn act_log1mexp_second(x: f32, dy: f32) -> f32 {
    let parts = math_exp_and_rest(x);
    return math_keep_nan(x, math_over_square(math_scale(-dy, parts.x), select(parts.y, x, x < 0.0)));
}
