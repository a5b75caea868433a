// parametric_softplus: alpha * log(1 + exp(beta * x))
// derivative: alpha * beta * s(beta * x)     by alpha: log(1 + exp(beta * x)); by beta: alpha * x * s(beta * x)
// needs: nan log1p_exp logistic product

// y * log(1 + exp(p)) = y * max(p, 0) + y * log(1 + exp(-abs(p))), p = beta * x; the first term is x times slope, y * beta.
fn act_parametric_softplus_of(x: f32, beta: f32, y: f32, slope: f32) -> f32 {
    let product = math_exponent(-abs(x), abs(beta));
    let positive = beta != 0.0 && (x > 0.0) == (beta > 0.0);
    return select(0.0, math_scale(x, slope), positive) + math_times_log1p_exp(y, product.high, product.low);
}

fn act_parametric_softplus(x: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, act_parametric_softplus_of(x, beta, alpha, alpha * beta));
}

fn act_parametric_softplus_backward(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    return math_keep_nan(x, math_scale(dy, math_times_logistic(alpha * beta, product.high, product.low)));
}

fn act_parametric_softplus_backward_alpha(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, act_parametric_softplus_of(x, beta, 1.0, beta)));
}

fn act_parametric_softplus_backward_beta(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    // Before the sigmoid, which may be subnormal, alpha is multiplied in; but a large x, which that could overflow, has none so small.
    let large = abs(x) > 1e20;
    let share = math_times_logistic(select(x * alpha, x, large), product.high, product.low);
    return math_keep_nan(x, math_scale(dy, select(share, math_scale(share, alpha), large)));
}
