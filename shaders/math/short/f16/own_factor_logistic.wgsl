// f16: as ../own_factor_logistic.wgsl, with exp itself.
// needs: divide

// log2(exp(-factor * x)), kept within 87, where what remains counts as 0 (scale.wgsl). For a factor of 0 it is 0, of an infinite x, too.
// All that elements share is decided by bits, for which AMD has a scalar unit.
fn math_own_factor_exponent(x: f32, factor: f32, rate: f32) -> f32 {
    let bits = bitcast<u32>(factor);
    let bound = select(87.0, 0.0, bits << 1u == 0u);
    let toward = max(bitcast<u32>(rate), 0x00800000u) | ((bits ^ 0x80000000u) & 0x80000000u);
    return clamp(x * bitcast<f32>(toward), -bound, bound);
}

// x / (1 + exp(-factor * x)). The infinite x that counts as 0 is told by its bits, and a NaN comes back through the quotient. Rejected:
// bounds on x and on its product with factor, and a select each for large ones and for NaN (half as much again on RDNA 2). Value and
// derivative call the same exp2: a gate's gradients need both.
fn math_times_own_factor_logistic(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let bits = bitcast<u32>(factor);
    let none = select(0xff800000u ^ (bits & 0x80000000u), 0u, bits << 1u == 0u);
    let held = select(x, 0.0, bitcast<u32>(x) == none);
    return math_quotient(held, 1.0 + exp2(math_own_factor_exponent(x, factor, rate)));
}

// s (1 + a (1 - s)) at a = factor * x.
fn math_own_factor_logistic_slope(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let exponent = math_own_factor_exponent(x, factor, rate);
    let e = exp2(exponent);
    let r = math_quotient(1.0, 1.0 + e);
    return r * (1.0 - (0.693147182 * exponent) * (e * r));
}
