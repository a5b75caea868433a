// parametric_softplus: alpha * log(1 + exp(beta * x))
// derivative: alpha * beta * s(beta * x)     by alpha: log(1 + exp(beta * x)); by beta: alpha * x * s(beta * x)
// second derivative: alpha * beta^2 * s(beta * x) * s(-beta * x)
// needs: nan log1p_exp logistic product tanh_slope

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

// alpha * beta^2 * s(z) * s(-z) with z = beta * x: a quarter of 1 - tanh(z / 2)^2.
fn act_parametric_softplus_second(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let half = math_product(x, 0.5 * beta);
    let low = select(half.low, -half.low, half.high < 0.0);
    return math_keep_nan(x, math_scale(dy, math_times_tanh_slope(0.25 * alpha * beta * beta, abs(half.high), low)));
}

fn act_parametric_softplus_second_alpha(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    return math_keep_nan(x, math_scale(dy, math_times_logistic(beta, product.high, product.low)));
}

// alpha times the derivative of z * s(z).
fn act_parametric_softplus_second_beta(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    return math_keep_nan(x, math_scale(dy, math_times_logistic_product_slope(alpha, product.high, product.low)));
}
