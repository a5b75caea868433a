// IEEE binary16 as bits, two in a word: from f32 rounded to nearest, ties to even. Reading them is f16_unpack.wgsl's or
// f16_bits.wgsl's: composition takes one. Right for all 65536 patterns and every f32, NaN and infinity among them.

// An f16's bits, but for its sign, which is 0; above lies rubbish. Added to 2^(e + 13), a number of the exponent e rounds at f16's last bit;
// so do those below 2^-14, where f16 is subnormal, with e = -14. The sum's low 16 bits are then the mantissa and its leading 1. 0x3c00 in
// the constant and e << 10 make that the exponent's field, up to infinity; beyond 65536 it is infinity all the same. The sum is read as
// bits: there is nothing to regroup.
fn half_size(value: f32) -> u32 {
    let size = min(abs(value), 65536.0);
    let exponent = max(bitcast<u32>(size) >> 23u, 113u); // that of 2^-14
    let sum = size + bitcast<f32>((exponent << 23u) + 0x06803c00u);
    let is_nan = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
    return select(bitcast<u32>(sum) + (exponent << 10u), 0x7e00u, is_nan);
}

fn to_halves(values: vec2<f32>) -> u32 {
    let bits = bitcast<vec2<u32>>(values);
    let low = insertBits(bits.x >> 16u, half_size(values.x), 0u, 15u);
    return low | (half_size(values.y) << 16u) | (bits.y & 0x80000000u);
}
