// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw 2011 ("Parallel random numbers: as easy as 1, 2, 3"):
// 128 bits that depend on a counter and a key alone. Four elements share a counter, and each takes a word of what becomes of it.
// `src/philox.rs` is the same.

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

// The number of an element that comes so many after another, low word first.
fn math_number(first: vec2<u32>, after: u32) -> vec2<u32> {
    let low = first.x + after;
    return vec2<u32>(low, first.y + select(0u, 1u, low < after));
}

fn math_philox_of(number: vec2<u32>, draw: u32, seed: vec2<u32>) -> vec4<u32> {
    return math_philox(vec4<u32>((number.x >> 2u) | (number.y << 30u), number.y >> 2u, draw, 0u), seed);
}

// What is drawn for the elements of a word, of which the first has this number: for four, and for four more where there are as many. Words of
// two elements begin at multiples of two, and longer ones at multiples of four: src/plan/segments.rs sees to it.
struct MathDraws {
    first: vec4<u32>,
    second: vec4<u32>,
}

fn math_draws(seed: vec2<u32>, number: vec2<u32>, draw: u32, elements: u32) -> MathDraws {
    var draws = MathDraws(math_philox_of(number, draw, seed), vec4<u32>());
    if elements > 4u {
        draws.second = math_philox_of(math_number(number, 4u), draw, seed);
    }
    return draws;
}

// The 24 bits of one of them.
fn math_drawn(draws: MathDraws, number: vec2<u32>, element: u32, elements: u32) -> u32 {
    let four = select(draws.first, draws.second, element >= 4u);
    return four[select(number.x + element, element, elements >= 4u) & 3u] >> 8u;
}
