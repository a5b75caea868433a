// f32, one element a word: any offset, any length.

alias Word = f32;
alias Values = f32;

fn unpack(word: Word) -> Values {
    return word;
}

fn pack(values: Values) -> Word {
    return values;
}

fn total(values: Values) -> f32 {
    return values;
}
