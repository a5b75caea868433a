// logit: log(x / (1 - x)), of x kept within eps and 1 - eps where eps is not 0           outside 0 to 1: NaN
// derivative: 1 / (x * (1 - x)), 0 where eps keeps x in                                  at eps and 1 - eps: 1 / (x * (1 - x))
// second derivative: (2 * x - 1) / (x * (1 - x))^2, 0 where the derivative is      at 0: minus infinity; at 1: infinity
// needs: beyond nan divide log exp over_positive over_square

// The smaller one of x and 1 - x: exact where the logarithm is near 0.
fn act_logit_smaller(x: f32) -> f32 {
    return select(x, 1.0 - x, x > 0.5);
}

fn act_logit(x: f32, eps: f32) -> f32 {
    let smaller = act_logit_smaller(x);
    let m = select(smaller, eps, smaller < eps && eps > 0.0);
    let size = select(math_log_odds(m), math_undefined(x), m < 0.0);
    return math_keep_nan(x, select(-size, size, x > 0.5));
}

fn act_logit_backward(x: f32, dy: f32, eps: f32) -> f32 {
    let m = act_logit_smaller(x);
    let inside = math_over_positive(dy, select(m, m - m * m, m > 0.0));
    return math_keep_nan(x, select(inside, 0.0, m < eps && eps > 0.0));
}

// 2 + exp(y) + exp(-y): of them the larger power is multiplied by dy before it may overflow.
fn act_logit_backward_from_output(y: f32, dy: f32, eps: f32) -> f32 {
    let size = min(abs(y), 174.0);
    let sum = math_times_exp(dy, size, 0.0) + dy * (2.0 + math_exp(-size));
    return math_keep_nan(y, sum);
}

// With m = x or 1 - x, of which 1 - 2 m is exact beside its zero, -(1 - 2 m) / (m (1 - m))^2 or the opposite.
fn act_logit_second(x: f32, dy: f32, eps: f32) -> f32 {
    let m = act_logit_smaller(x);
    let size = math_over_square(math_scale(dy, 1.0 - 2.0 * m), select(m, m - m * m, m > 0.0));
    return math_keep_nan(x, select(select(-size, size, x > 0.5), 0.0, m < eps && eps > 0.0));
}
