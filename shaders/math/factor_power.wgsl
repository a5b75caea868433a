// exp(factor * x) as power.wgsl has exp(high + low), but without a product of two words: whole steps, each of which is ln 2 / factor, are taken
// from x itself, and only what is left is multiplied.
//
// For a factor's size, the host knows rate = factor log2(e), step = ln 2 / factor in 16 bits, and rest = step * factor - ln 2 (for a factor of 0, any
// large step will do).
// needs: fence power

// For abs(x) up to math_factor_bound(step, 253). The product of a step with n is exact, and so is its difference from x. The factor stands between
// the two sums: without a fence, no compiler makes one constant of step and rest.
fn math_factor_power(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> MathPower {
    let bits = bitcast<u32>(x * rate + 12582912.0) & 0x4bffffffu; // as in math_power
    let n = bitcast<f32>(bits) - 12582912.0;
    return MathPower(bits, (x - n * step) * factor + n * rest);
}

// The x of so many steps. It is finite, so that a factor of 0 takes it away.
fn math_factor_bound(step: f32, steps: f32) -> f32 {
    return min(steps * step, 3.4028234663852886e38);
}

// The lesser of x and that, for a factor that is not 0.
fn math_factor_at_most(x: f32, step: f32, steps: f32) -> f32 {
    return min(x, math_factor_bound(step, steps));
}

// 1, which no compiler knows: a sum with a product by it is not regrouped.
fn math_factor_one(step: f32) -> f32 {
    return math_fence(1.0, bitcast<u32>(step) & 0x80000000u); // step is not negative
}
