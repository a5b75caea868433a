// hardsigmoid: min(max(slope * x + offset, 0), 1)
// derivative: 0 < slope * x + offset < 1 ? slope : 0     at both kinks: 0
// needs: nan split

// slope * x + offset - edge, relatively accurate beside its zero, for an edge of 0 or 1. The product is taken
// in exact parts: where the sum cancels, its rounding error would be all that is left. Each sum is exact
// there, whether it is fused or not.
fn act_hardsigmoid_above(x: f32, slope: f32, offset: f32, edge: f32) -> f32 {
    let x_high = math_high(x);
    let x_low = math_low(x, x_high);
    let slope_high = math_high(slope);
    let slope_low = math_low(slope, slope_high);
    let head = x_high * slope_high;
    let middle = x_high * slope_low + x_low * slope_high;
    let tail = x_low * slope_low;
    let sum = select((head - edge) + offset, head + (offset - edge), offset > 0.5);
    let cancels = abs(sum) < 0.0625 * abs(head);
    let in_parts = select(sum + (middle + tail), (sum + middle) + tail, cancels);
    // Parts that overflow, or products so small that the parts may underflow: no digit of those products
    // matters.
    let splits = abs(head) > 1e-18 && abs(head) < 1e18;
    return select((math_scale(x, slope) + offset) - edge, in_parts, splits);
}

fn act_hardsigmoid(x: f32, slope: f32, offset: f32) -> f32 {
    let line = act_hardsigmoid_above(x, slope, offset, 0.0);
    return math_keep_nan(x, select(select(0.0, line, line > 0.0), 1.0, line > 1.0));
}

fn act_hardsigmoid_backward(x: f32, dy: f32, slope: f32, offset: f32) -> f32 {
    let inside = act_hardsigmoid_above(x, slope, offset, 0.0) > 0.0
        && act_hardsigmoid_above(x, slope, offset, 1.0) < 0.0;
    return math_keep_nan(x, select(0.0, math_scale(dy, slope), inside));
}

// For a slope other than 0 only.
fn act_hardsigmoid_backward_from_output(y: f32, dy: f32, slope: f32, offset: f32) -> f32 {
    return math_keep_nan(y, select(0.0, slope * dy, y > 0.0 && y < 1.0));
}
