// f16 as WGSL's own type, eight a word, for devices with SHADER_F16: a conversion each way and nothing to pack, which saves AMD three
// operations of every two results. (f16_convert.wgsl says how a conversion rounds.) No driver was found that flushes a subnormal f16 or
// loses a NaN on the way, and `verify` goes through all 65536 patterns. Words that may hold f32 are half_wide.wgsl's: naga has no bitcast
// between the two.

struct Word {
    low: vec4<f16>,
    high: vec4<f16>,
}

fn unpack(word: Word) -> Values {
    return Values(vec4<f32>(word.low), vec4<f32>(word.high));
}

fn pack(values: Values) -> Word {
    return Word(vec4<f16>(values[0]), vec4<f16>(values[1]));
}
