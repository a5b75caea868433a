// 16 bits: the builtin, and nothing after it.

fn math_quotient(a: f32, b: f32) -> f32 {
    return a / b;
}

// Also for b beyond 2^126, whose reciprocal is subnormal: NVIDIA's driver multiplies by it, and an infinite a meets a 0.
fn math_divide(a: f32, b: f32) -> f32 {
    let scale = select(1.0, 0.25, abs(b) > 1.84467441e19); // 2^64
    return (a * scale) / (b * scale);
}
