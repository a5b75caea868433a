// rrelu: x > 0 ? x : (lower + upper) / 2 * x        in evaluation; training draws the slope
// derivative: x > 0 ? 1 : (lower + upper) / 2       at 0: the slope
// needs: nan
fn act_rrelu_slope(lower: f32, upper: f32) -> f32 {
    return 0.5 * lower + 0.5 * upper; // halved first: the sum of two large bounds would overflow
}

fn act_rrelu(x: f32, lower: f32, upper: f32) -> f32 {
    return math_keep_nan(x, select(math_scale(x, act_rrelu_slope(lower, upper)), x, x > 0.0));
}

fn act_rrelu_backward(x: f32, dy: f32, lower: f32, upper: f32) -> f32 {
    return math_keep_nan(x, select(math_scale(dy, act_rrelu_slope(lower, upper)), dy, x > 0.0));
}
