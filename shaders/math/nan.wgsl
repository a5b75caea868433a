// NaN, decided by bits. Compilers may assume that NaN does not exist and fold `x != x`, min and max;
// an integer comparison is the one test that every driver kept.
// needs: scale

fn math_is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// `result`, but x itself where x is NaN.
fn math_keep_nan(x: f32, result: f32) -> f32 {
    return select(result, x, math_is_nan(x));
}

// Whether x is negative, -0 and -infinity among them, and not NaN. As integers, those are the numbers up to the bits of -infinity, and
// NaN with a sign is above: one comparison tells both.
fn math_is_negative(x: f32) -> bool {
    return bitcast<i32>(x) <= -8388608;
}

// max(x, 0), but NaN where x is NaN.
fn math_positive_part(x: f32) -> f32 {
    return select(x, 0.0, math_is_negative(x));
}

// max(x, limit) for a negative limit, but NaN where x is NaN. As integers, those are the numbers from the limit's bits to those of -infinity.
fn math_at_least(x: f32, limit: f32) -> f32 {
    let bits = bitcast<u32>(limit);
    return select(x, limit, bitcast<u32>(x) - bits <= 0xff800000u - bits);
}
