// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw 2011 ("Parallel random numbers: as easy as 1, 2, 3"):
// 128 bits that depend on a counter and a key alone. `src/philox.rs` is the same.

// The high word of a 64-bit product, from 16-bit pieces: WGSL has no wider integer.
fn math_multiply_high(a: u32, b: u32) -> u32 {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let middle = a_high * b_low + ((a_low * b_low) >> 16u);
    return a_high * b_high + (middle >> 16u) + ((a_low * b_high + (middle & 0xffffu)) >> 16u);
}

fn math_philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0u; round < 10u; round++) {
        let high = vec2<u32>(math_multiply_high(0xd2511f53u, c.x), math_multiply_high(0xcd9e8d57u, c.z));
        let low = vec2<u32>(0xd2511f53u * c.x, 0xcd9e8d57u * c.z);
        c = vec4<u32>(high.y ^ c.y ^ k.x, low.y, high.x ^ c.w ^ k.y, low.x);
        k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}
