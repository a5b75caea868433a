// softplus: beta * x > threshold ? x : log(1 + exp(beta * x)) / beta
// derivative: beta * x > threshold ? 1 : s(beta * x)
// second derivative: beta * x > threshold ? 0 : beta * s(beta * x) * s(-beta * x)
// needs: nan exp log1p_exp logistic product tanh_slope

// beta * x > threshold, exactly: limit is threshold / abs(beta) rounded down, and no x lies between the two.
fn act_softplus_above(x: f32, beta: f32, limit: f32) -> bool {
    return select(-x, x, beta > 0.0) > limit;
}

// log(1 + exp(p)) = max(p, 0) + log(1 + exp(-abs(p))); divided by beta, the first term is x itself.
fn act_softplus(x: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32) -> f32 {
    let product = math_exponent(-abs(x), abs(beta));
    let positive = act_softplus_above(x, beta, 0.0);
    let smooth_value = select(0.0, x, positive) + math_times_log1p_exp(inverse_beta, product.high, product.low);
    return math_keep_nan(x, select(smooth_value, x, act_softplus_above(x, beta, limit)));
}

fn act_softplus_backward(x: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32) -> f32 {
    let product = math_exponent(x, beta);
    let derivative = math_logistic(product.high, product.low);
    return math_keep_nan(x, math_scale(dy, select(derivative, 1.0, act_softplus_above(x, beta, limit))));
}

// 1 - exp(-beta * y), which is 1 to the last bit above a threshold of 18 or more.
fn act_softplus_backward_from_output(y: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32) -> f32 {
    let product = math_product(y, -beta);
    return math_keep_nan(y, math_scale(dy, -math_expm1(product.high, product.low)));
}

// s(p) s(-p) is a quarter of 1 - tanh(p / 2)^2. Times a large beta it is a normal number for longer.
fn act_softplus_second(x: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32) -> f32 {
    let product = math_exponent(abs(x), abs(beta));
    let bend = math_times_tanh_slope(0.25 * beta, 0.5 * product.high, 0.5 * product.low);
    return math_keep_nan(x, math_scale(dy, select(bend, 0.0, act_softplus_above(x, beta, limit))));
}
