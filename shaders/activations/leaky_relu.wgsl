// leaky_relu: x > 0 ? x : negative_slope * x
// derivative: x > 0 ? 1 : negative_slope            at 0: negative_slope, as PyTorch
// needs: nan
fn act_leaky_relu(x: f32, negative_slope: f32) -> f32 {
    // math_scale: with a slope of 0 the limit at -infinity is 0, not 0 * infinity.
    return select(x, math_scale(x, negative_slope), math_is_negative(x));
}

fn act_leaky_relu_backward(x: f32, dy: f32, negative_slope: f32) -> f32 {
    return math_keep_nan(x, select(math_scale(dy, negative_slope), dy, x > 0.0));
}

// For negative_slope >= 0 only: then the output is positive exactly where the input is.
fn act_leaky_relu_backward_from_output(y: f32, dy: f32, negative_slope: f32) -> f32 {
    return act_leaky_relu_backward(y, dy, negative_slope);
}
