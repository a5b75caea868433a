// NaN and zero derivatives, decided by bits. Compilers may assume that NaN does not exist and fold `x != x`, min and max;
// an integer comparison is the one test that every driver kept.

fn math_is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// `result`, but x itself where x is NaN.
fn math_keep_nan(x: f32, result: f32) -> f32 {
    return select(result, x, math_is_nan(x));
}

// dy * derivative, but 0 where the derivative is 0, whatever dy is: a dead unit passes nothing on, infinity and NaN included.
fn math_scale(dy: f32, derivative: f32) -> f32 {
    return select(dy * derivative, 0.0, derivative == 0.0);
}
