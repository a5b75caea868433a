// swish: x * s(beta * x)
// derivative: s + beta * x * s * (1 - s), s = s(beta * x)       by beta: x^2 * s * (1 - s)
// second derivative: beta * s * (1 - s) * (2 + beta * x * (1 - 2 * s)), s = s(beta * x)       by beta: x in the place of the first beta
// needs: nan divide factor_words logistic own_factor_logistic power product
fn act_swish(x: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_times_own_factor_logistic(x, beta, rate, step, rest);
}

fn act_swish_derive(beta: f32) -> array<f32, 3> {
    return math_factor_words(beta);
}

fn act_swish_backward(x: f32, dy: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_own_factor_logistic_slope(x, beta, rate, step, rest)));
}

// x^2 / (2 + E + 1 / E) with E = exp(abs(p)), p = beta * x. Beyond 130 it is 0, and x may be infinite. The divisor is scaled by 2^-62, whose
// square is normal: SwiftShader multiplies the two before and behind a quotient. One x carries a factor 2^40 beside that and the other 2^-40:
// the quotient of the first alone would be subnormal too early.
fn act_swish_backward_beta(x: f32, dy: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let product = math_exponent(x, beta);
    let low = select(product.low, -product.low, product.high < 0.0);
    let power = math_power(min(abs(product.high), 130.0), low);
    let s = math_shift(2.16840434e-19, power.bits);
    let grown = s * math_exp_near(0.0, power.rest);
    let inverse = math_quotient(2.16840434e-19, s + grown);
    let divisor = (s + 4.33680869e-19) + (grown + 2.16840434e-19 * inverse);
    let quotient = math_quotient(2.38418579e-7 * x, divisor); // 2^-22
    let factor = 9.09494702e-13 * x;
    let none = abs(product.high) > 130.0 || factor * quotient == 0.0;
    return math_keep_nan(x, select(factor * (quotient * dy), 0.0, none));
}

fn act_swish_second(x: f32, dy: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let product = math_exponent(abs(x), abs(beta));
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(beta, product.high, product.low)));
}

fn act_swish_second_beta(x: f32, dy: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let product = math_exponent(abs(x), abs(beta));
    return math_keep_nan(x, math_scale(dy, math_times_own_logistic_bend(x, product.high, product.low)));
}
