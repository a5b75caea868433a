// rsqrt: 1 / sqrt(x)                                 at 0: infinity; below, NaN
// derivative: -1 / (2 * x * sqrt(x))                  at 0: minus infinity; below, NaN
// second derivative: 3 / (4 * x^2 * sqrt(x))                at 0: infinity; below, NaN
// needs: fence nan over_positive over_root_cubed sqrt

fn act_rsqrt(x: f32) -> f32 {
    return math_keep_nan(x, math_over_positive(1.0, select(math_sqrt(x), x, x < 0.0)));
}

fn act_rsqrt_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_over_root_cubed(-0.5 * dy, x));
}

// -y^3 / 2, of which no part leaves the range of f32 alone: without the fences, NVIDIA's compiler multiplies the y first, and an infinite
// dy meets a 0.
fn act_rsqrt_backward_from_output(y: f32, dy: f32) -> f32 {
    let zero = bitcast<u32>(y * y) & 0x80000000u; // no square is negative
    let product = math_fence(math_fence(dy * (-0.5 * y), zero) * y, zero) * y;
    return math_keep_nan(y, select(product, 0.0, y == 0.0));
}

// From 1.04e18 on it is 0 in f32.
fn act_rsqrt_second(x: f32, dy: f32) -> f32 {
    let result = math_over_positive(math_over_root_cubed(0.75 * dy, x), x);
    return math_keep_nan(x, select(result, 0.0, x > 1.04e18));
}
