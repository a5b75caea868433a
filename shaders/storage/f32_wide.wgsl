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
