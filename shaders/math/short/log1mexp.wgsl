// 16 bits: as ../log1mexp.wgsl, by the short logarithms.
// needs: beyond exp log

// Its square is a divisor of the second derivative, for which the shorter math_expm1 is not enough.
fn math_one_less_exp(x: f32) -> f32 {
    return -math_times_expm1(1.0, -x, 0.0);
}

// By the polynomials of exp.wgsl and log.wgsl where differences would cancel: 1 - exp(-x) for x below 0.2, where exp is within 4 ULP,
// and log(1 - e) for e below 0.2. A subnormal x counts as 0.
fn math_log1mexp(x: f32) -> f32 {
    let positive = select(x, 0.0, x < 0.0);
    let e = math_exp(-positive);
    let less = select(1.0 - e, -math_expm1_near(-positive), positive < 0.2);
    let result = select(log(less), math_log_near(-e), e < 0.2);
    let end = select(math_undefined(x), -math_infinity(abs(x)), x >= 0.0);
    return select(end, result, x >= 1.17549435e-38);
}
