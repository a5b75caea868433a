// f32, four elements a word. The array ends at the last whole word: what remains is for f32_narrow.

alias Word = vec4<f32>;
alias Values = vec4<f32>;

fn unpack(word: Word) -> Values {
    return word;
}

fn pack(values: Values) -> Word {
    return values;
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
