// 16 bits: the builtin. WGSL lets it be 1 / inverseSqrt(x), some 4 ULP off.

fn math_sqrt(x: f32) -> f32 {
    return sqrt(x);
}

fn math_sqrt_inside(x: f32) -> f32 {
    return sqrt(x);
}
