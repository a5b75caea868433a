// Splits x into a high part of 12 significant bits and the exact rest (at most 12 bits, signed), so that
// every product of two parts is exact. Integer operations on both parts: compilers may fuse and reassociate,
// but they cannot see through a mask. (Dekker's splitting by a multiplication is undone by a compiler that
// reassociates.) Domain: abs(x) below 3.4e38 (the largest values round up to infinity) and, for the low part,
// above 1e-34.

fn math_high(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) + 0x800u) & 0xfffff000u);
}

// The first 12 bits, cut off: math_high rounds, which takes the largest values to infinity.
fn math_truncate(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// `high` is math_high(x) or math_truncate(x). The mask loses nothing: the rest has no more than 12 bits.
fn math_low(x: f32, high: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x - high) & 0xfffff000u);
}
