// f32, four elements a word. The array ends at the last whole word: what remains is for f32_narrow.

alias Word = vec4<f32>;
alias Values = vec4<f32>;
const ELEMENTS: u32 = 4u;

fn unpack(word: Word) -> Values {
    return word;
}

fn pack(values: Values) -> Word {
    return values;
}

fn element_of(values: Values, element: u32) -> f32 {
    return values[element];
}

fn with_element(values: Values, element: u32, value: f32) -> Values {
    return select(values, Values(value), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(element));
}

fn total(values: Values) -> f32 {
    return (values.x + values.y) + (values.z + values.w);
}

// Of neighbouring pairs of elements in two neighbouring words: the first ones, and the second ones.
struct Pairs {
    first: Values,
    second: Values,
}

fn unpack_pairs(low: Word, high: Word) -> Pairs {
    return Pairs(Values(low.xz, high.xz), Values(low.yw, high.yw));
}

fn pack_pairs_low(pairs: Pairs) -> Word {
    return Word(pairs.first.x, pairs.second.x, pairs.first.y, pairs.second.y);
}

fn pack_pairs_high(pairs: Pairs) -> Word {
    return Word(pairs.first.z, pairs.second.z, pairs.first.w, pairs.second.w);
}
