// star_relu: scale * max(x, 0)^2 + bias
// derivative: 2 * scale * max(x, 0)                 at 0: 0; by scale: max(x, 0)^2; by bias: 1
// second derivative: x > 0 ? 2 * scale : 0            at 0: 0; by scale: 2 * max(x, 0); by bias: 0
// needs: fence nan square_slope
fn act_star_relu(x: f32, scale: f32, bias: f32) -> f32 {
    // The scale is first: x * x may overflow where the product of all three does not. A scale of 0 takes an infinite x away.
    let square = math_scale(x, math_scale(x, scale));
    return math_keep_nan(x, select(bias, square + bias, x > 0.0));
}

fn act_star_relu_backward(x: f32, dy: f32, scale: f32, bias: f32) -> f32 {
    // The factor 2 is kept from x, which it could overflow: a compiler moves constants through products.
    let twice = math_fence(2.0 * scale, bitcast<u32>(x) & 0x80000000u);
    return math_keep_nan(x, select(0.0, math_scale(dy, math_scale(x, twice)), x > 0.0));
}

fn act_star_relu_backward_scale(x: f32, dy: f32, scale: f32, bias: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(0.0, x * x, x > 0.0)));
}

fn act_star_relu_backward_bias(x: f32, dy: f32, scale: f32, bias: f32) -> f32 {
    return math_keep_nan(x, dy);
}

fn act_star_relu_second(x: f32, dy: f32, scale: f32, bias: f32) -> f32 {
    return math_keep_nan(x, select(0.0, math_scale(dy, 2.0 * scale), x > 0.0));
}

fn act_star_relu_second_scale(x: f32, dy: f32, scale: f32, bias: f32) -> f32 {
    return math_positive_square_slope(x, dy);
}
