// rrelu: x > 0 ? x : (lower + upper) / 2 * x        in evaluation; training draws the slope
// derivative: x > 0 ? 1 : (lower + upper) / 2       at 0: the slope
// needs: nan fence line philox

// By the mean slope, which comes in two words: one alone may be off by as much as the product's own rounding. One
// is enough where the mean is an f32.
fn act_rrelu_times(x: f32, slope: f32, slope_low: f32) -> f32 {
    return select(math_line(x, slope, slope_low, 0.0), math_scale(x, slope), slope_low == 0.0);
}

fn act_rrelu(x: f32, lower: f32, upper: f32, slope: f32, slope_low: f32) -> f32 {
    return select(x, act_rrelu_times(x, slope, slope_low), math_is_negative(x));
}

fn act_rrelu_backward(x: f32, dy: f32, lower: f32, upper: f32, slope: f32, slope_low: f32) -> f32 {
    return math_keep_nan(x, select(act_rrelu_times(dy, slope, slope_low), dy, x > 0.0));
}

// The slope that training draws for an element, from lower to below upper, by 24 bits.
// With the fence no compiler fuses the sum and the product: the CPU draws the same bits.
fn act_rrelu_draw(drawn: u32, lower: f32, upper: f32, width: f32) -> f32 {
    let unit = f32(drawn) * 5.96046448e-8; // 2^-24
    let zero = bitcast<u32>(1.0 + 0.5 * unit) & 0x40000000u; // between 1 and 1.5
    let slope = lower + math_fence(width * unit, zero);
    return select(slope, lower, slope >= upper);
}
