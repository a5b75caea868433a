// f16 to f32 by the builtin, where the device has it. WGSL lets it flush subnormals: no driver was found that does, and `verify` goes
// through all 65536 patterns.

fn from_halves(word: u32) -> vec2<f32> {
    return unpack2x16float(word);
}
