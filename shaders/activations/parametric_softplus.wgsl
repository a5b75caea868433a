// parametric_softplus: alpha * log(1 + exp(beta * x))
// derivative: alpha * beta * s(beta * x)     by alpha: log(1 + exp(beta * x)); by beta: alpha * x * s(beta * x)
// needs: nan log1p_exp logistic product

// y * log(1 + exp(p)), where the first term of max(p, 0) + log(1 + exp(-abs(p))) is x times two factors whose product is y * beta.
fn act_parametric_softplus_of(x: f32, beta: f32, y: f32, first: f32, second: f32) -> f32 {
    let product = math_exponent(-abs(x), abs(beta));
    let positive = beta != 0.0 && (x > 0.0) == (beta > 0.0);
    let line = math_scale(math_scale(x, first), second);
    return select(0.0, line, positive) + math_times_log1p_exp(y, product.high, product.low);
}

fn act_parametric_softplus(x: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, act_parametric_softplus_of(x, beta, alpha, beta, alpha));
}

fn act_parametric_softplus_backward(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    return math_keep_nan(x, math_scale(dy, math_times_logistic(alpha * beta, product.high, product.low)));
}

fn act_parametric_softplus_backward_alpha(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, act_parametric_softplus_of(x, beta, 1.0, beta, 1.0)));
}

fn act_parametric_softplus_backward_beta(x: f32, dy: f32, alpha: f32, beta: f32) -> f32 {
    let product = math_exponent(x, beta);
    return math_keep_nan(x, math_scale(dy, math_times_logistic(math_scale(x, alpha), product.high, product.low)));
}
