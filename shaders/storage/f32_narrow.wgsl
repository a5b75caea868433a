// f32, one element a word: any offset, any length.

alias Word = f32;
alias Values = f32;
const ELEMENTS: u32 = 1u;

fn unpack(word: Word) -> Values {
    return word;
}

fn pack(values: Values) -> Word {
    return values;
}

fn element_of(values: Values, element: u32) -> f32 {
    return values;
}

fn with_element(values: Values, element: u32, value: f32) -> Values {
    return value;
}

fn total(values: Values) -> f32 {
    return values;
}

// A pair of elements, in two neighbouring words.
struct Pairs {
    first: Values,
    second: Values,
}

fn unpack_pairs(low: Word, high: Word) -> Pairs {
    return Pairs(low, high);
}

fn pack_pairs_low(pairs: Pairs) -> Word {
    return pairs.first;
}

fn pack_pairs_high(pairs: Pairs) -> Word {
    return pairs.second;
}
