// prelu: x > 0 ? x : weight * x
// derivative: x > 0 ? 1 : weight                    at 0: weight; by weight: x > 0 ? 0 : x
// second derivative: 0; by x and weight: x > 0 ? 0 : 1
// needs: nan
fn act_prelu(x: f32, weight: f32) -> f32 {
    return select(x, math_scale(x, weight), math_is_negative(x));
}

fn act_prelu_backward(x: f32, dy: f32, weight: f32) -> f32 {
    return math_keep_nan(x, select(math_scale(dy, weight), dy, x > 0.0));
}

fn act_prelu_backward_weight(x: f32, dy: f32, weight: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(x, 0.0, x > 0.0)));
}

fn act_prelu_second_weight(x: f32, dy: f32, weight: f32) -> f32 {
    return math_keep_nan(x, select(dy, 0.0, x > 0.0));
}
