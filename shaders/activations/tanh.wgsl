// tanh: tanh(x)
// derivative: 1 - tanh(x)^2
// needs: nan exp_pair tanh
fn act_tanh(x: f32) -> f32 {
    return math_keep_nan(x, math_tanh(x));
}

// 1 - tanh(x)^2 = 1 / (1/2 + exp(2 x) / 4 + exp(-2 x) / 4), without cancellation in the tails.
fn act_tanh_backward(x: f32, dy: f32) -> f32 {
    let pair = math_exp_pair(2.0 * abs(x), 0.0);
    let quarter = MathExpPair(pair.exponent - 2, pair.rest, 0.25 * pair.inverse);
    let result = math_over_exp_sum(dy, quarter, 0.5, quarter.inverse);
    return math_keep_nan(x, select(result, 0.0, abs(x) > 53.0));
}

// Both factors are exact or rounded once; y * y would lose the difference's last bits.
fn act_tanh_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, (1.0 - y) * (1.0 + y)));
}
