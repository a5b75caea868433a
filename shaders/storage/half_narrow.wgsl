// 16-bit elements, two a word: any 4-byte offset. Composition puts their from_half and to_half before it.

alias Word = u32;
alias Values = vec2<f32>;

fn unpack(word: Word) -> Values {
    return Values(from_half(word & 0xffffu), from_half(word >> 16u));
}

fn pack(values: Values) -> Word {
    return to_half(values.x) | (to_half(values.y) << 16u);
}

fn total(values: Values) -> f32 {
    return values.x + values.y;
}
