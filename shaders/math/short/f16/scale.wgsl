// f16: as ../../scale.wgsl, and a derivative below 2^-58 counts as 0. The product of it and two numbers of f16, dy and a gate's value, is
// below 2^-26, and rounds to 0.
fn math_scale(dy: f32, derivative: f32) -> f32 {
    return select(dy * derivative, 0.0, abs(derivative) < 3.46944695e-18);
}
