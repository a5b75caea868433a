// The last 16-bit element of an odd number, the lower half of its word. The upper half belongs to somebody else: it is not
// computed with, and stays as it is. Composition puts from_halves and to_halves before it.

alias Word = u32;
alias Values = f32;
const ELEMENTS: u32 = 1u;

fn unpack(word: Word) -> Values {
    return from_halves(word).x;
}

fn pack_beside(word: Word, values: Values) -> Word {
    return (word & 0xffff0000u) | to_halves(vec2<f32>(values, 0.0));
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
    let both = from_halves(word);
    return Pairs(both.x, both.y);
}

fn pack_pairs(pairs: Pairs) -> Word {
    return to_halves(vec2<f32>(pairs.first, pairs.second));
}

// f32 beside an element of 16 bits: a word of its own.
fn unpack_floats(word: Word) -> Values {
    return bitcast<f32>(word);
}

fn pack_floats(values: Values) -> Word {
    return bitcast<Word>(values);
}
