// 16 bits: as ../exp.wgsl, by the builtins. Relative error 2^-17, of exp(x) - 1 2^-16.7. A factor exp(x) comes as the square of exp(x / 2), so
// that a product in range stays in range on the way; without the fence, NVIDIA's compiler squares it first, and an infinite y meets a 0.
// needs: fence

fn math_times_exp(y: f32, high: f32, low: f32) -> f32 {
    let w = exp2((high + low) * 0.72134752); // log2(e) / 2
    return math_fence(y * w, bitcast<u32>(w) & 0x80000000u) * w; // w is not negative
}

// For high + low <= 0; not below x in size where x is 2^-126, which a device may flush. Near 0 the difference would cancel: a polynomial for (exp(x) - 1) / x on [-0.018, 0], relative error 2^-16.71 (minimax.py:
// short_expm1_left).
fn math_expm1(high: f32, low: f32) -> f32 {
    let x = high + low;
    let near = x * (1.0 + x * 0.49752298);
    return select(exp(x) - 1.0, near, x > -0.018);
}

fn math_expm1_by(power: f32) -> f32 {
    return math_expm1(power * 0.693147182, 0.0);
}

// exp(x) - 1 for x on [-0.2, 0.2], relative error 2^-18.73 (minimax.py: short_expm1).
fn math_expm1_near(x: f32) -> f32 {
    return x * (1.0 + x * (0.500001848 + x * (0.16694285 + x * 0.0416473858)));
}

// y * (exp(x) - 1) for x up to 174.
fn math_times_expm1(y: f32, high: f32, low: f32) -> f32 {
    let x = high + low;
    let w = exp2(x * 0.72134752);
    return select((y * w) * w - y, y * math_expm1_near(x), abs(x) < 0.2);
}

fn math_exp(x: f32) -> f32 {
    return exp(x);
}
