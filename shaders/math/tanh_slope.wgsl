// 1 - tanh(a)^2 for a = high + low >= 0, low at most 0.1: f / (1 + f / 2 + f^2 / 16) with f = 4 exp(-2 a), without cancellation in the
// tails; exactly 0 from 44.6 on. Error 2.5 ULP.
// needs: divide power

fn math_tanh_slope(high: f32, low: f32) -> f32 {
    let power = math_power(-2.0 * min(high, 44.7), -2.0 * low);
    let f = math_shift(4.0, power.bits) * math_exp_near(1.0, power.rest);
    return math_quotient(f, 1.0 + f * (0.5 + 0.0625 * f));
}
