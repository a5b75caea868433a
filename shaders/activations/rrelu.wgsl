// rrelu: x > 0 ? x : (lower + upper) / 2 * x        in evaluation; training draws the slope
// derivative: x > 0 ? 1 : (lower + upper) / 2       at 0: the slope
// needs: nan line

// By the mean slope, which comes in two words: one alone may be off by as much as the product's own rounding. One
// is enough where the mean is an f32.
fn act_rrelu_times(x: f32, slope: f32, slope_low: f32) -> f32 {
    return select(math_line(x, slope, slope_low, 0.0), math_scale(x, slope), slope_low == 0.0);
}

fn act_rrelu(x: f32, lower: f32, upper: f32, slope: f32, slope_low: f32) -> f32 {
    return math_keep_nan(x, select(act_rrelu_times(x, slope, slope_low), x, x > 0.0));
}

fn act_rrelu_backward(x: f32, dy: f32, lower: f32, upper: f32, slope: f32, slope_low: f32) -> f32 {
    return math_keep_nan(x, select(act_rrelu_times(dy, slope, slope_low), dy, x > 0.0));
}
