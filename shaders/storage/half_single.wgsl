// The last 16-bit element of an odd number, the lower half of its word. The upper half belongs to somebody else: it is not
// computed with, and stays as it is. Composition puts from_half and to_half before it.

alias Word = u32;
alias Values = f32;
const ELEMENTS: u32 = 1u;

fn unpack(word: Word) -> Values {
    return from_half(word & 0xffffu);
}

fn pack_beside(word: Word, values: Values) -> Word {
    return (word & 0xffff0000u) | to_half(values);
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

// A pair fills its word: there is no second word, and nobody else's half.
struct Pairs {
    first: Values,
    second: Values,
}

fn unpack_pairs(word: Word) -> Pairs {
    return Pairs(from_half(word & 0xffffu), from_half(word >> 16u));
}

fn pack_pairs(pairs: Pairs) -> Word {
    return to_half(pairs.first) | (to_half(pairs.second) << 16u);
}
