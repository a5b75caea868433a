// bfloat16 as bits, the upper half of an f32, two in a word: to f32 exactly, from f32 rounded to nearest, ties to even. NaN stays NaN.

fn from_halves(word: u32) -> vec2<f32> {
    return vec2<f32>(bitcast<f32>(word << 16u), bitcast<f32>(word & 0xffff0000u));
}

fn to_half(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    // Half a unit less, and one where the last bit kept is odd. A carry into the exponent is right: up to infinity.
    let rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
    // Rounding would carry some NaN into an infinity, or through the sign: these are cut off, and made quiet.
    return select(rounded, (bits >> 16u) | 0x40u, (bits & 0x7fffffffu) > 0x7f800000u);
}

fn to_halves(values: vec2<f32>) -> u32 {
    return to_half(values.x) | (to_half(values.y) << 16u);
}
