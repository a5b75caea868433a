// hardsigmoid: min(max(slope * x + offset, 0), 1)
// derivative: 0 < slope * x + offset < 1 ? slope : 0     at both kinks: 0
// needs: nan line
fn act_hardsigmoid(x: f32, slope: f32, offset: f32) -> f32 {
    let line = math_line(x, slope, 0.0, offset);
    return math_keep_nan(x, select(select(0.0, line, line > 0.0), 1.0, line > 1.0));
}

fn act_hardsigmoid_backward(x: f32, dy: f32, slope: f32, offset: f32) -> f32 {
    let inside = math_line(x, slope, 0.0, offset) > 0.0 && math_line_above(x, slope, 0.0, offset, 1.0) < 0.0;
    return math_keep_nan(x, select(0.0, math_scale(dy, slope), inside));
}

// For a slope other than 0 only.
fn act_hardsigmoid_backward_from_output(y: f32, dy: f32, slope: f32, offset: f32) -> f32 {
    return math_keep_nan(y, select(0.0, slope * dy, y > 0.0 && y < 1.0));
}
