// selu: x > 0 ? scale * x : scale * alpha * (exp(x) - 1)
// derivative: x > 0 ? scale : scale * alpha * exp(x)    at 0: scale * alpha
// needs: nan exp fence

// scale = 1.05070098735548049342 to 0.29 ULP, scale * alpha = 1.75809934084737685994 to 0.20 ULP (minimax.py:
// selu_scale, selu_scale_alpha).
fn act_selu(x: f32) -> f32 {
    let bounded = select(select(x, 0.0, x > 0.0), -174.0, x < -174.0);
    let e = math_exp_parts(bounded, 0.0);
    let scale = math_power_of_two(max(e.exponent, -60));
    let far = 1.75809932 * (scale - 1.0) + (1.75809932 * scale) * e.rest;
    // Near 0, where nothing but the rest is left: scale * alpha is 2 less 0.241900653 (minimax.py: selu_below_2), so that the large
    // product is exact. math_times_expm1 rounds it: 2.1 ULP.
    let small = math_fence(1.75809932 * e.tail - 0.241900653 * e.high, e.zero);
    let near = math_fence(2.0 * e.high, e.zero) + small;
    // Where the smaller product would be subnormal, which an adapter may flush, one product is all.
    let negative = select(select(far, near, e.exponent == 0), 1.75809932 * bounded, bounded > -1e-30);
    return math_keep_nan(x, select(negative, 1.05070102 * x, x > 0.0));
}

fn act_selu_backward(x: f32, dy: f32) -> f32 {
    let bounded = select(select(x, 0.0, x > 0.0), -174.0, x < -174.0);
    let derivative = select(math_times_exp(1.75809932, bounded, 0.0), 1.05070102, x > 0.0);
    return math_keep_nan(x, math_scale(dy, derivative));
}

// y + scale * alpha, the constant in two words: beside its zero the second is all that is left.
fn act_selu_backward_from_output(y: f32, dy: f32) -> f32 {
    let zero = bitcast<u32>(y) & 0x40000000u; // 0 for abs(y) < 2, and y >= -scale * alpha
    let left = math_fence(y + 1.75809932, zero) + 2.32967174e-8;
    return math_keep_nan(y, math_scale(dy, select(left, 1.05070102, y > 0.0)));
}
