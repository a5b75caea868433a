// Dropout: what each element is multiplied by.
// needs: philox

// 0 with probability p, else `survivor`, 1 / (1 - p). By a seed, the element's number (low word first), and which of its draws it is.
// The number that is compared has 24 bits and is exact, so that the CPU drops the same elements.
fn formula_keep(seed: vec2<u32>, index: vec2<u32>, draw: u32, p: f32, survivor: f32) -> f32 {
    let unit = f32(math_philox(vec4<u32>(index, draw, 0u), seed).x >> 8u) * 5.96046448e-8; // 2^-24
    return select(0.0, survivor, unit >= p);
}
