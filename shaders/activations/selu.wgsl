// selu: x > 0 ? scale * x : scale * alpha * (exp(x) - 1)
// derivative: x > 0 ? scale : scale * alpha * exp(x)    at 0: scale * alpha
// second derivative: x > 0 ? 0 : scale * alpha * exp(x)   at 0: scale * alpha
// needs: nan exp fence scale_exp

// scale = 1.05070098735548049342 to 0.29 ULP, scale * alpha = 1.75809934084737685994 to 0.20 ULP (minimax.py:
// selu_scale, selu_scale_alpha).
fn act_selu(x: f32) -> f32 {
    let left = 1.75809932 * math_expm1(min(x, 0.0), 0.0);
    return math_keep_nan(x, select(left, 1.05070102 * x, x > 0.0));
}

fn act_selu_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp_left(dy, 1.75809932, x, 1.05070102));
}

// y + scale * alpha, the constant in two words: beside its zero the second is all that is left.
fn act_selu_backward_from_output(y: f32, dy: f32) -> f32 {
    let zero = bitcast<u32>(y) & 0x40000000u; // 0 for abs(y) < 2, and y >= -scale * alpha
    let left = math_fence(y + 1.75809932, zero) + 2.32967174e-8;
    return math_keep_nan(y, math_scale(dy, select(left, 1.05070102, y > 0.0)));
}

fn act_selu_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp_left(dy, 1.75809932, x, 0.0));
}
