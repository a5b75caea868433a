// hardsigmoid: min(max(slope * x + offset, 0), 1)
// derivative: 0 < slope * x + offset < 1 ? slope : 0     at both kinks: 0
// needs: fence line_root nan scale sum_error

// zero and one are the f32 next to where the line is 0 and 1, and the others what it has there beyond these. From its zero the line keeps
// its digits where product and offset cancel; further away, and at 0 itself, their sum is better. For a negative offset that is twice as
// far: the product is larger than the line there.
fn act_hardsigmoid(x: f32, slope: f32, offset: f32, zero: f32, zero_left: f32, one: f32, one_left: f32) -> f32 {
    let reach = abs(zero) * select(0.5, 1.0, offset < 0.0);
    // A slope of 0 takes an infinite x away.
    let sum = select(x, 0.0, slope == 0.0) * slope + offset;
    let line = select(sum, math_line_from(x, slope, zero, zero_left), abs(x - zero) < reach);
    return math_keep_nan(x, select(select(0.0, line, line > 0.0), 1.0, line > 1.0));
}

fn act_hardsigmoid_backward(x: f32, dy: f32, slope: f32, offset: f32, zero: f32, zero_left: f32, one: f32, one_left: f32) -> f32 {
    let inside = math_line_from(x, slope, zero, zero_left) > 0.0 && math_line_from(x, slope, one, one_left) < 0.0;
    return math_keep_nan(x, select(0.0, math_scale(dy, slope), inside));
}

// For a slope other than 0 only.
fn act_hardsigmoid_backward_from_output(y: f32, dy: f32, slope: f32, offset: f32, zero: f32, zero_left: f32, one: f32, one_left: f32) -> f32 {
    return math_keep_nan(y, select(0.0, slope * dy, y > 0.0 && y < 1.0));
}

fn act_hardsigmoid_derive(slope: f32, offset: f32) -> array<f32, 4> {
    let same = bitcast<u32>(offset * offset) & 0x80000000u; // no square is negative
    let level = math_fence(1.0 - offset, same);
    let zero = math_line_root(slope, -offset, 0.0);
    let one = math_line_root(slope, level, math_sum_error(1.0, -offset, level, same));
    return array<f32, 4>(zero.x, zero.y, one.x, one.y);
}
