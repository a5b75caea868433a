// 16 bits: as ../log1mexp.wgsl, by the short logarithms.
// needs: beyond exp log

// Its square is a divisor of the second derivative, for which the shorter math_expm1 is not enough.
fn math_one_less_exp(x: f32) -> f32 {
    return -math_times_expm1(1.0, -x, 0.0);
}

fn math_log1mexp(x: f32) -> f32 {
    let positive = select(x, 0.0, x < 0.0);
    let e = math_exp(-positive);
    let result = select(math_log1p(-e), math_log(math_one_less_exp(positive)), e > 0.5);
    let end = select(math_undefined(x), -math_infinity(abs(x)), x == 0.0);
    return select(end, result, x > 0.0);
}
