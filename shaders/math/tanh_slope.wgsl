// dy * (1 - tanh(a)^2) for a = high + low >= 0, low at most 0.1. Error 1.9 ULP, the product with dy included. Exactly 0 for high > 53,
// where it is 0 in f32, infinite dy included. It is dy / (1/2 + exp(2 a) / 4 + exp(-2 a) / 4), which does not cancel in the tails.
// needs: exp_pair

fn math_times_tanh_slope(dy: f32, high: f32, low: f32) -> f32 {
    let pair = math_exp_pair(2.0 * high, 2.0 * low);
    let quarter = MathExpPair(pair.exponent - 2, pair.rest, 0.25 * pair.inverse);
    return select(math_over_exp_sum(dy, quarter, 0.5, quarter.inverse), 0.0, high > 53.0);
}
