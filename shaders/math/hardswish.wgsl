// x * min(max(x / 6 + 1/2, 0), 1) and its derivative, for every x but NaN. Two forms each: in the left part a product with a sum that is
// exact beside its zero, in the right part a sum of terms whose first is exact, so that the second's rounding errors count less.
// needs: fence nan

// NaN for NaN.
fn math_hardswish(x: f32) -> f32 {
    // The outer pieces are selected per term: a compiler that sees the bare sum x / 2 + x * x / 6 may factor
    // x out.
    let line = select(0.5 * x, x, x >= 3.0);
    let square = select(x * x * 0.166666672, 0.0, x >= 3.0);
    let left = select(0.0, x * (x + 3.0) * 0.166666672, x > -3.0);
    return math_keep_nan(x, select(line + square, left, x < -1.5));
}

// Without the fence, NVIDIA's compiler makes x / 3 + 1 / 2 of (x + 3 / 2) / 3 (27523 ULP beside the zero). Its sign is not that of x * x:
// with that at hand, Mesa factors x out of the function itself in gates.
fn math_hardswish_slope(x: f32) -> f32 {
    let sum = x + 1.5;
    let above_zero = math_fence(sum, bitcast<u32>(sum * sum) & 0x80000000u); // no square is negative
    let inner = select(x * 0.333333343 + 0.5, above_zero * 0.333333343, x < -0.75);
    return select(select(0.0, inner, x > -3.0), 1.0, x >= 3.0);
}
