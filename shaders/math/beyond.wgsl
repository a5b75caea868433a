// Results that are no numbers, from the bits of an input: WGSL has no literals for them, and no compiler sees through an integer.

// The infinity of x's sign.
fn math_infinity(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & 0x80000000u) | 0x7f800000u);
}

// NaN, where a function of x is none.
fn math_undefined(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u);
}
