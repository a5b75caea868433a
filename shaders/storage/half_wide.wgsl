// 16-bit elements, eight a word. Composition puts their from_halves and to_halves before it, and half_eight.wgsl behind it.

alias Word = vec4<u32>;

fn unpack_four(words: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(from_halves(words.x), from_halves(words.y));
}

fn pack_four(values: vec4<f32>) -> vec2<u32> {
    return vec2<u32>(to_halves(values.xy), to_halves(values.zw));
}

fn unpack(word: Word) -> Values {
    return Values(unpack_four(word.xy), unpack_four(word.zw));
}

fn pack(values: Values) -> Word {
    return Word(pack_four(values[0]), pack_four(values[1]));
}

// f32 beside elements of 16 bits: two words for each of theirs.
fn unpack_floats(low: Word, high: Word) -> Values {
    return Values(bitcast<vec4<f32>>(low), bitcast<vec4<f32>>(high));
}

fn pack_floats_low(values: Values) -> Word {
    return bitcast<Word>(values[0]);
}

fn pack_floats_high(values: Values) -> Word {
    return bitcast<Word>(values[1]);
}
