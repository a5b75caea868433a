// 16 bits: as ../log1mexp.wgsl, by the builtins, and by the polynomials of exp.wgsl and log.wgsl where differences would cancel.
// needs: beyond exp log

// From 0.2 on the difference has its digits: exp is within 4 ULP there.
fn math_exp_and_rest(x: f32) -> vec2<f32> {
    let e = math_exp(-x);
    return vec2<f32>(e, select(1.0 - e, -math_expm1_near(-x), x < 0.2));
}

// The logarithm of 1 - e, for e below 0.2 by its polynomial. A subnormal x counts as 0.
fn math_log1mexp(x: f32) -> f32 {
    let parts = math_exp_and_rest(x);
    let result = select(log(parts.y), math_log_near(-parts.x), parts.x < 0.2);
    let end = select(math_undefined(x), -math_infinity(abs(x)), x >= 0.0);
    return select(end, result, x >= 1.17549435e-38);
}
