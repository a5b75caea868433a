// softcap: cap * tanh(x / cap)
// derivative: 1 - tanh(x / cap)^2
// second derivative: -2 / cap * tanh(x / cap) * (1 - tanh(x / cap)^2)
// needs: fence nan product tanh tanh_slope

// abs(x) / cap by 1 / cap in two words from the host, to about 36 bits.
fn act_softcap_argument(x: f32, inverse_cap: f32, inverse_cap_low: f32) -> MathProduct {
    let product = math_product(abs(x), inverse_cap);
    let correction = select(abs(x) * inverse_cap_low, 0.0, product.high >= 174.0);
    return MathProduct(product.high, product.low + correction);
}

// Where the quotient is so small that the result rounds to x, it may also be too small for a normal number.
fn act_softcap(x: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32, inverse_square: f32) -> f32 {
    let argument = act_softcap_argument(x, inverse_cap, inverse_cap_low);
    let z = argument.high + argument.low;
    return math_keep_nan(x, select(select(cap, -cap, x < 0.0) * math_tanh(z), x, z < 0.0001220703125)); // 2^-13
}

fn act_softcap_backward(x: f32, dy: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32, inverse_square: f32) -> f32 {
    let argument = act_softcap_argument(x, inverse_cap, inverse_cap_low);
    return math_keep_nan(x, math_scale(dy, math_tanh_slope(argument.high, argument.low)));
}

// (cap - y) (cap + y) / cap^2: the difference is exact beside its zero. Its product with the sum may be subnormal, where cap is small.
fn act_softcap_backward_from_output(y: f32, dy: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32, inverse_square: f32) -> f32 {
    let zero = bitcast<u32>(inverse_square) & 0x80000000u; // no square is negative
    let part = math_fence((cap - y) * inverse_square, zero);
    return math_keep_nan(y, math_scale(dy, part * (cap + y)));
}

// -2 / cap * tanh(z) (1 - tanh(z)^2). Where that is -2 / cap * z, z may be too small for a normal number.
fn act_softcap_second(x: f32, dy: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32, inverse_square: f32) -> f32 {
    let argument = act_softcap_argument(x, inverse_cap, inverse_cap_low);
    let y = select(-2.0 * inverse_cap, 2.0 * inverse_cap, x < 0.0);
    let bend = math_times_tanh_bend(y, argument.high, argument.low);
    let derivative = select(bend, (-2.0 * inverse_square) * x, argument.high < 0.00006103515625); // 2^-14
    return math_keep_nan(x, math_scale(dy, derivative));
}
