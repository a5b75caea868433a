// mish: x * tanh(log(1 + exp(x)))
// derivative: t + x * (1 - t^2) * s(x), t = tanh(log(1 + exp(x)))
// needs: nan exp_pair

// With E = exp(abs(x)) and e = 1 / E, for x < 0: x (1 + e/2) / (1 + E + e/2); for x > 0: x - 2 x e / (2 + E +
// 2 e).
fn act_mish(x: f32) -> f32 {
    let positive = x > 0.0;
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    let pair = math_exp_pair(abs(bounded), 0.0);
    let bend = select(0.5, 2.0, positive) * pair.inverse;
    // Four times x, so that no product of a normal x is subnormal and flushed.
    let wide = 4.0 * bounded;
    let numerator = select(wide, 0.0, positive) + wide * bend;
    let quotient = math_over_exp_sum(numerator, pair, select(1.0, 2.0, positive), bend);
    let result = 0.25 * select(quotient, wide - quotient, positive);
    return math_keep_nan(x, select(result, x, x > 174.0));
}

// The common denominator, (1 + E + e/2)^2 e for x < 0 and (E + 2 + 2 e)^2 e for x > 0, is expanded: a square
// doubles errors.
fn act_mish_backward(x: f32, dy: f32) -> f32 {
    let positive = x > 0.0;
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    let pair = math_exp_pair(abs(bounded), 0.0);
    let e = pair.inverse;
    let left = (bounded + 1.0) + e * ((bounded + 1.5) + e * (1.0 + 0.25 * e));
    let right = 2.0 * e * ((2.0 * bounded - 1.0) + 2.0 * e * ((bounded - 1.0) - e));
    let small = e * select(2.0 + e * (1.0 + e * 0.25), 8.0 + e * (8.0 + e * 4.0), positive);
    let quotient = math_over_exp_sum(select(left, right, positive), pair, select(2.0, 4.0, positive), small);
    return math_keep_nan(x, math_scale(dy, select(quotient, 1.0 + quotient, positive)));
}
