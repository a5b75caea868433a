// softplus: beta * x > threshold ? x : log(1 + exp(beta * x)) / beta
// derivative: beta * x > threshold ? 1 : s(beta * x)
// second derivative: beta * x > threshold ? 0 : beta * s(beta * x) * s(-beta * x)
// needs: nan exp factor_power log1p_exp logistic logistic_slope

// An x of the sign of beta * x. Where this is above limit, beta * x is above threshold, exactly: limit is threshold / abs(beta) rounded down,
// and no x lies between the two.
fn act_softplus_signed(x: f32, beta: f32) -> f32 {
    return select(-x, x, beta > 0.0);
}

// log(1 + exp(p)) = max(p, 0) + log(1 + exp(-abs(p))); divided by beta, the first term is x itself, and NaN for NaN.
fn act_softplus(x: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let bounded = -math_factor_at_most(abs(x), step, math_log1p_steps(inverse_beta));
    let power = math_factor_power(bounded, abs(beta), rate, step, rest);
    let toward = act_softplus_signed(x, beta);
    let line = select(x, 0.0, math_is_negative(toward));
    return select(line + math_times_log1p_by(inverse_beta, power), x, toward > limit);
}

fn act_softplus_backward(x: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let toward = act_softplus_signed(x, beta);
    let bounded = -math_factor_at_most(-math_factor_at_most(toward, step, 29.0), step, 127.0);
    let derivative = math_logistic_by(math_factor_power(bounded, abs(beta), rate, step, rest));
    return math_keep_nan(x, math_scale(dy, select(derivative, 1.0, toward > limit)));
}

// 1 - exp(-beta * y), which is 1 to the last bit above a threshold of 18 or more.
fn act_softplus_backward_from_output(y: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let power = math_factor_power(-math_factor_at_most(y, step, 58.0), beta, rate, step, rest);
    return math_keep_nan(y, math_scale(dy, -math_expm1_by(power)));
}

// Times a large beta, s(p) s(-p) is a normal number for longer.
fn act_softplus_second(x: f32, dy: f32, beta: f32, threshold: f32, inverse_beta: f32, limit: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let power = math_factor_power(-math_factor_at_most(abs(x), step, 251.0), abs(beta), rate, step, rest);
    let bend = math_times_logistic_slope_by(beta, power);
    return math_keep_nan(x, math_scale(dy, select(bend, 0.0, act_softplus_signed(x, beta) > limit)));
}
