// 16 bits: the builtin, whose error is none that counts.
// needs: divide

fn math_inverse(b: f32, b_low: f32) -> vec2<f32> {
    return vec2<f32>(math_quotient(1.0, b), 0.0);
}
