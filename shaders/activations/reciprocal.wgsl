// reciprocal: 1 / x                                  at 0: the infinity of its sign
// derivative: -1 / x^2                                at 0: minus infinity
// second derivative: 2 / x^3                               at 0: the infinity of its sign
// needs: fence nan beyond divide

// a / x, also for an x of 0 or infinity.
fn act_reciprocal_times(a: f32, x: f32) -> f32 {
    let inside = x != 0.0 && abs(x) <= 3.4028234663852886e38;
    let end = select(0.0, a * math_infinity(x), x == 0.0);
    return select(end, math_divide(a, select(1.0, x, inside)), inside);
}

fn act_reciprocal(x: f32) -> f32 {
    return math_keep_nan(x, act_reciprocal_times(1.0, x));
}

// Two divisions: x^2 leaves the range of f32. From 2^75 on the derivative is 0 in f32.
fn act_reciprocal_backward(x: f32, dy: f32) -> f32 {
    let result = act_reciprocal_times(act_reciprocal_times(-dy, x), x);
    return math_keep_nan(x, select(result, 0.0, abs(x) > 3.77789319e22));
}

// -y^2, of which no part leaves the range of f32 alone: without the fence, NVIDIA's compiler squares y first, and an infinite dy meets a 0.
fn act_reciprocal_backward_from_output(y: f32, dy: f32) -> f32 {
    let zero = bitcast<u32>(y * y) & 0x80000000u; // no square is negative
    return math_keep_nan(y, select(math_fence(dy * y, zero) * -y, 0.0, y == 0.0));
}

// 2 y^3 with y = 1 / x, as in the backward from the output. From 2^50.4 on it is 0 in f32.
fn act_reciprocal_second(x: f32, dy: f32) -> f32 {
    let inverse = act_reciprocal_times(1.0, x);
    let zero = bitcast<u32>(x * x) & 0x80000000u;
    let product = math_fence((dy * inverse) * inverse, zero) * (2.0 * inverse);
    return math_keep_nan(x, select(product, 0.0, abs(x) > 1.48e15));
}
