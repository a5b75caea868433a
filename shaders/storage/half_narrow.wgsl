// 16-bit elements, two a word: any 4-byte offset. Composition puts their from_halves and to_halves before it.

alias Word = u32;
alias Values = vec2<f32>;
const ELEMENTS: u32 = 2u;

fn unpack(word: Word) -> Values {
    return from_halves(word);
}

fn pack(values: Values) -> Word {
    return to_halves(values);
}

fn element_of(values: Values, element: u32) -> f32 {
    return values[element];
}

fn with_element(values: Values, element: u32, value: f32) -> Values {
    return select(values, Values(value), vec2<u32>(0u, 1u) == vec2<u32>(element));
}

fn total(values: Values) -> f32 {
    return values.x + values.y;
}

// Of neighbouring pairs of elements, one in each of two neighbouring words: the first ones, and the second ones.
struct Pairs {
    first: Values,
    second: Values,
}

fn unpack_pairs(low: Word, high: Word) -> Pairs {
    let a = unpack(low);
    let b = unpack(high);
    return Pairs(Values(a.x, b.x), Values(a.y, b.y));
}

fn pack_pairs_low(pairs: Pairs) -> Word {
    return pack(Values(pairs.first.x, pairs.second.x));
}

fn pack_pairs_high(pairs: Pairs) -> Word {
    return pack(Values(pairs.first.y, pairs.second.y));
}

// f32 beside elements of 16 bits: two words for each of theirs.
fn unpack_floats(low: Word, high: Word) -> Values {
    return Values(bitcast<f32>(low), bitcast<f32>(high));
}

fn pack_floats_low(values: Values) -> Word {
    return bitcast<Word>(values.x);
}

fn pack_floats_high(values: Values) -> Word {
    return bitcast<Word>(values.y);
}
