// The eight 16-bit elements of a word, as f32, for half_wide.wgsl and f16_wide.wgsl, which have Word, unpack and pack. The array ends at
// the last whole word: what remains is for half_narrow and half_single. A matrix is what WGSL has for eight floats with a sum.

alias Values = mat2x4<f32>;
const ELEMENTS: u32 = 8u;

// A matrix indexed by a variable would go through memory.
fn element_of(values: Values, element: u32) -> f32 {
    return select(values[0], values[1], element >= 4u)[element % 4u];
}

fn with_element(values: Values, element: u32, value: f32) -> Values {
    let four = vec4<f32>(value);
    let at = vec4<u32>(0u, 1u, 2u, 3u);
    return Values(
        select(values[0], four, at == vec4<u32>(element)),
        select(values[1], four, at + 4u == vec4<u32>(element)),
    );
}

fn total(values: Values) -> f32 {
    let sum = values[0] + values[1];
    return (sum.x + sum.y) + (sum.z + sum.w);
}

// Of neighbouring pairs of elements in two neighbouring words: the first ones, and the second ones.
struct Pairs {
    first: Values,
    second: Values,
}

fn unpack_pairs(low: Word, high: Word) -> Pairs {
    let a = unpack(low);
    let b = unpack(high);
    return Pairs(
        Values(vec4<f32>(a[0].xz, a[1].xz), vec4<f32>(b[0].xz, b[1].xz)),
        Values(vec4<f32>(a[0].yw, a[1].yw), vec4<f32>(b[0].yw, b[1].yw)),
    );
}

// Two values from either, one behind the other.
fn interleave(first: vec2<f32>, second: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(first.x, second.x, first.y, second.y);
}

fn pack_pairs_low(pairs: Pairs) -> Word {
    let first = pairs.first[0];
    let second = pairs.second[0];
    return pack(Values(interleave(first.xy, second.xy), interleave(first.zw, second.zw)));
}

fn pack_pairs_high(pairs: Pairs) -> Word {
    let first = pairs.first[1];
    let second = pairs.second[1];
    return pack(Values(interleave(first.xy, second.xy), interleave(first.zw, second.zw)));
}
