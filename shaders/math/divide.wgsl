// a / b by the builtin, and nothing after it. WGSL allows the builtin 2.5 ULP. lavapipe, llvmpipe GL and
// SwiftShader divide correctly rounded, NVIDIA's driver within 1.97; budgets know the difference
// (Budget::dividing). Rejected: a residual step, a - q * b. With q and b split in two it takes some 12
// operations more in each function that divides; by fma it takes two, but is right only where fma is fused,
// which WGSL does not promise.

// For abs(b) between 2^-126 and 2^126: the range that WGSL promises something for.
fn math_quotient(a: f32, b: f32) -> f32 {
    return a / b;
}

// For every finite b but 0 and subnormals (a driver may take those for 0). Many drivers multiply by a
// reciprocal, which is subnormal for b beyond 2^126: scaling both by the same power of two keeps clear of
// that. Where scaling takes a itself out of range, the quotient is out of range too.
fn math_divide(a: f32, b: f32) -> f32 {
    let small = abs(b) < 5.42101086e-20;                                                  // 2^-64
    let large = abs(b) > 1.84467441e19;                                                   // 2^64
    let scale = select(select(1.0, 2.32830644e-10, large), 4.29496730e9, small);          // 2^-32, 1 or 2^32
    return math_quotient(a * scale, b * scale);
}
