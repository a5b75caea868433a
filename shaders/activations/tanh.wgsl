// tanh: tanh(x)
// derivative: 1 - tanh(x)^2
// needs: nan divide power tanh
fn act_tanh(x: f32) -> f32 {
    return math_keep_nan(x, math_tanh(x));
}

// 1 - tanh(x)^2 = f / (1 + f / 2 + f^2 / 16) with f = 4 exp(-2 abs(x)), without cancellation in the tails; exactly 0 from 44.6 on.
fn act_tanh_backward(x: f32, dy: f32) -> f32 {
    let power = math_power(-2.0 * min(abs(x), 44.7), 0.0);
    let f = math_shift(4.0, power.bits) * math_exp_near(1.0, power.rest);
    return math_keep_nan(x, math_scale(dy, math_quotient(f, 1.0 + f * (0.5 + 0.0625 * f))));
}

// Both factors are exact or rounded once; y * y would lose the difference's last bits.
fn act_tanh_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, (1.0 - y) * (1.0 + y)));
}
