// A positive number as 2^exponent (1 + f), exactly: what logarithms begin with.

struct MathLogParts {
    exponent: f32,
    f: f32,
}

// For normal x > 0: x = 2^exponent (1 + f).
fn math_log_parts(x: f32) -> MathLogParts {
    // The bits of sqrt(1/2): what the difference has above the mantissa is the exponent.
    let bits = bitcast<u32>(x);
    let n = bitcast<i32>(bits - 0x3f3504f3u) >> 23u;
    return MathLogParts(f32(n), bitcast<f32>(bits - (bitcast<u32>(n) << 23u)) - 1.0);
}
