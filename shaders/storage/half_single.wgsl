// The last 16-bit element of an odd number, the lower half of its word. The upper half belongs to somebody else: it is not
// computed with, and stays as it is. Composition puts from_half and to_half before it.

alias Word = u32;
alias Values = f32;

fn unpack(word: Word) -> Values {
    return from_half(word & 0xffffu);
}

fn pack_beside(word: Word, values: Values) -> Word {
    return (word & 0xffff0000u) | to_half(values);
}

fn total(values: Values) -> f32 {
    return values;
}
