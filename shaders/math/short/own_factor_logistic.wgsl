// 16 bits: as ../own_factor_logistic.wgsl, by the square of exp2 as logistic.wgsl has it.
// needs: divide

// Half of log2(exp(factor * x)), unbounded. For a factor of 0 it is finite where x is. What all elements share is decided by bits, for which
// AMD has a scalar unit.
fn math_own_factor_exponent(x: f32, factor: f32, rate: f32) -> f32 {
    let sign = bitcast<u32>(factor) & 0x80000000u;
    return x * bitcast<f32>((max(bitcast<u32>(rate), 0x01000000u) - 0x00800000u) | sign);
}

// Its exp2, bounded, of which the square's products neither overflow nor vanish too early; 1 for a factor of 0.
fn math_own_factor_bounded(exponent: f32, factor: f32) -> f32 {
    let none = bitcast<u32>(factor) << 1u == 0u;
    return clamp(exponent, select(-126.0, 0.0, none), select(29.0, 0.0, none));
}

// An x beyond counts as 0: told as an integer from the bits of -126 to those of -infinity, NaN stays what it is, and comes back through the
// products. For a factor of 0 only -infinity would be among them.
fn math_times_own_factor_logistic(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let exponent = math_own_factor_exponent(x, factor, rate);
    let beyond = select(0x3c840000u, 0x3c83ffffu, bitcast<u32>(factor) << 1u == 0u);
    let held = select(x, 0.0, bitcast<u32>(exponent) - 0xc2fc0000u <= beyond);
    let w = exp2(math_own_factor_bounded(exponent, factor));
    return (held * math_quotient(w, 1.0 + w * w)) * w;
}

// s (1 + a (1 - s)) at a = factor * x. Beside the zero, an absolute error of 2^-22.6.
fn math_own_factor_logistic_slope(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let exponent = math_own_factor_bounded(math_own_factor_exponent(x, factor, rate), factor);
    let w = exp2(exponent);
    let r = math_quotient(1.0, 1.0 + w * w);
    return ((w * r) * (1.0 + (1.38629436 * exponent) * r)) * w;
}
