// 16 bits: as ../hardswish.wgsl, one form each, exact beside its zero.
// needs: fence

// A fence as there: without one, a compiler that distributes a product over the sum loses digits beside -3/2, and one that multiplies in
// another order overflows in bf16. No square is negative.
fn math_hardswish_fence(value: f32) -> f32 {
    return math_fence(value, bitcast<u32>(value * value) & 0x80000000u);
}

// NaN comes back through the last product.
fn math_hardswish(x: f32) -> f32 {
    let held = select(x, 0.0, bitcast<u32>(x) == 0xff800000u);
    return held * math_hardswish_fence(clamp(x + 3.0, 0.0, 6.0) * 0.166666672);
}

fn math_hardswish_slope(x: f32) -> f32 {
    let inner = math_hardswish_fence(x + 1.5) * 0.333333343;
    return select(select(0.0, inner, x > -3.0), 1.0, x >= 3.0);
}
