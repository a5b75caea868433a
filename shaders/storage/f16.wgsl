// IEEE binary16 as bits: to f32 exactly, from f32 rounded to nearest, ties to even. Right for all 65536 patterns, NaN and
// infinity among them, on devices with and without f16: unpack2x16float needs a downlevel flag that llvmpipe's OpenGL lacks.

fn from_half(bits: u32) -> f32 {
    let magnitude = bits & 0x7fffu;
    let shifted = magnitude << 13u;
    // The exponent's bias grows from 15 to 127; all ones stay all ones.
    let regular = select(shifted + 0x38000000u, shifted | 0x7f800000u, magnitude >= 0x7c00u);
    let subnormal = bitcast<u32>(f32(magnitude) * 5.96046448e-8); // units of 2^-24
    return bitcast<f32>(select(regular, subnormal, magnitude < 0x0400u) | ((bits & 0x8000u) << 16u));
}

fn to_half(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    let magnitude = bits & 0x7fffffffu;
    // Half a unit less, and one where the last bit kept is odd. A carry into the exponent is right: up to infinity.
    let regular = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u;
    // Beside 0.5, the last bit of an f32 is 2^-24, that of a subnormal f16: the addition rounds.
    let subnormal = bitcast<u32>(bitcast<f32>(magnitude) + 0.5) - 0x3f000000u;
    let finite = select(regular, subnormal, magnitude < 0x38800000u);
    let special = select(0x7c00u, 0x7e00u, magnitude > 0x7f800000u);
    return select(finite, special, magnitude >= 0x47800000u) | ((bits >> 16u) & 0x8000u);
}
