// 16 bits: the builtin, and nothing before it or after it. A divisor beyond 2^126, of which WGSL promises nothing, has a quotient that
// is 0 or subnormal in bf16.

fn math_quotient(a: f32, b: f32) -> f32 {
    return a / b;
}

fn math_divide(a: f32, b: f32) -> f32 {
    return a / b;
}
