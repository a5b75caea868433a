// parametric_softplus: alpha * log(1 + exp(beta * x))
// derivative: alpha * beta * s(beta * x)     by alpha: log(1 + exp(beta * x)); by beta: alpha * x * s(beta * x)
// second derivative: alpha * beta^2 * s(beta * x) * s(-beta * x)
// needs: nan factor_logistic factor_power factor_words log1p_exp logistic_slope

// y * log(1 + exp(p)) = y * max(p, 0) + y * log(1 + exp(-abs(p))), p = beta * x; the first term is x times slope, y * beta.
fn act_parametric_softplus_of(x: f32, beta: f32, rate: f32, step: f32, rest: f32, y: f32, slope: f32) -> f32 {
    let bounded = -min(abs(x), math_factor_bound(step, math_log1p_steps(y)));
    let power = math_factor_power(bounded, abs(beta), rate, step, rest);
    let positive = beta != 0.0 && (x > 0.0) == (beta > 0.0);
    return select(0.0, math_scale(x, slope), positive) + math_times_log1p_by(y, power);
}

fn act_parametric_softplus(x: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, act_parametric_softplus_of(x, beta, rate, step, rest, alpha, alpha * beta));
}

fn act_parametric_softplus_derive(alpha: f32, beta: f32) -> array<f32, 3> {
    return math_factor_words(beta);
}

fn act_parametric_softplus_backward(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_factor_logistic(alpha * beta, x, beta, rate, step, rest)));
}

fn act_parametric_softplus_backward_alpha(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    // With a plain 1, Mesa's compiler adds the line to the logarithm's first term (3.6 ULP).
    let one = math_factor_one(step);
    return math_keep_nan(x, math_scale(dy, act_parametric_softplus_of(x, beta, rate, step, rest, one, beta)));
}

fn act_parametric_softplus_backward_beta(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    // Before the sigmoid, which may be subnormal, alpha is multiplied in; but a large x, which that could overflow, has none so small.
    let large = abs(x) > 1e20;
    let share = math_times_factor_logistic(select(x * alpha, x, large), x, beta, rate, step, rest);
    return math_keep_nan(x, math_scale(dy, select(share, math_scale(share, alpha), large)));
}

// alpha * beta^2 * s(z) * s(-z) with z = beta * x
fn act_parametric_softplus_second(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let bound = math_factor_bound(step, 251.0);
    let power = math_factor_power(-min(abs(x), bound), abs(beta), rate, step, rest);
    let bend = math_times_logistic_slope_by(alpha * beta * beta, power);
    return math_keep_nan(x, math_scale(dy, select(bend, 0.0, abs(x) > bound)));
}

fn act_parametric_softplus_second_alpha(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_factor_logistic(beta, x, beta, rate, step, rest)));
}

// alpha times the derivative of z * s(z).
fn act_parametric_softplus_second_beta(x: f32, dy: f32, alpha: f32, beta: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_factor_logistic_slope(alpha, x, beta, rate, step, rest)));
}
