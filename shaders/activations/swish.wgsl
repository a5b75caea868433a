// swish: x * s(beta * x)
// derivative: s + beta * x * s * (1 - s), s = s(beta * x)       by beta: x^2 * s * (1 - s)
// needs: nan exp_pair logistic product
fn act_swish(x: f32, beta: f32) -> f32 {
    let product = math_product(x, beta);
    return math_keep_nan(x, math_times_logistic(x, product.high, product.low));
}

fn act_swish_backward(x: f32, dy: f32, beta: f32) -> f32 {
    let product = math_product(x, beta);
    let derivative = math_logistic_product_slope(product.high, product.low, product.high, product.low);
    return math_keep_nan(x, math_scale(dy, derivative));
}

// x^2 / (2 + exp(p) + exp(-p)) with p = beta * x. Beyond 150 it is 0, and x may be infinite. One x carries a
// factor 2^40 and the other 2^-40: the quotient of the first alone would be subnormal too early.
fn act_swish_backward_beta(x: f32, dy: f32, beta: f32) -> f32 {
    let product = math_product(x, beta);
    let low = select(product.low, -product.low, product.high < 0.0);
    let pair = math_exp_pair(abs(product.high), low);
    let quotient = math_over_exp_sum(1.09951163e12 * x, pair, 2.0, pair.inverse);
    let factor = 9.09494702e-13 * x;
    let none = abs(product.high) > 150.0 || factor * quotient == 0.0;
    return math_keep_nan(x, select(factor * (quotient * dy), 0.0, none));
}
