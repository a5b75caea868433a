// f16 to f32 exactly, by integer operations: for devices without unpack2x16float, and for OpenGL, whose drivers may flush what is
// subnormal in f16.

fn from_half(bits: u32) -> f32 {
    let magnitude = bits & 0x7fffu;
    let shifted = magnitude << 13u;
    // The exponent's bias grows from 15 to 127; all ones stay all ones.
    let regular = select(shifted + 0x38000000u, shifted | 0x7f800000u, magnitude >= 0x7c00u);
    let subnormal = bitcast<u32>(f32(magnitude) * 5.96046448e-8); // units of 2^-24
    return bitcast<f32>(select(regular, subnormal, magnitude < 0x0400u) | ((bits & 0x8000u) << 16u));
}

fn from_halves(word: u32) -> vec2<f32> {
    return vec2<f32>(from_half(word & 0xffffu), from_half(word >> 16u));
}
