// Where a line is at a level: the f32 next to that place, and what slope * x has there beyond the level, exactly. Elsewhere
// slope * x - level is math_line_from(x, slope, root, left), which keeps its digits beside the root.
// needs: divide fence split

// The fence keeps a compiler from distributing the slope over the difference. No square is negative.
fn math_line_from(x: f32, slope: f32, root: f32, left: f32) -> f32 {
    return math_fence(x - root, bitcast<u32>(slope * slope) & 0x80000000u) * slope + left;
}

// Root and left where only the GPU knows the line, for a level in two words: 0 and 0 for a slope of 0. The second quotient mends the
// first, which may be off by more than half an ULP.
fn math_line_root(slope: f32, level: f32, level_low: f32) -> vec2<f32> {
    let near = math_quotient(level, slope);
    let root = near - math_quotient(math_line_left(near, slope, level) - level_low, slope);
    return select(vec2<f32>(root, math_line_left(root, slope, level) - level_low), vec2<f32>(0.0), slope == 0.0);
}

// slope * x - level where both are close: the product in parts of 12 bits, of which nothing is lost.
fn math_line_left(x: f32, slope: f32, level: f32) -> f32 {
    let zero = bitcast<u32>(slope * slope) & 0x80000000u;
    let x_high = math_high(x);
    let x_low = math_low(x, x_high);
    let slope_high = math_high(slope);
    let slope_low = math_low(slope, slope_high);
    let upper = math_fence(x_high * slope_high - level, zero);
    let sum = math_fence(upper + (x_high * slope_low + x_low * slope_high), zero);
    return sum + x_low * slope_low;
}
