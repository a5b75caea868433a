// 16 bits: as ../log1p_exp.wgsl, with the builtin exp. e p(e) for e = exp(a). Rejected: the builtin log, whose absolute error of 2^-21 would
// want a second way for small e.
// needs: log1p_quotient

fn math_log1p_exp(a: f32) -> f32 {
    let e = exp(a);
    return e * math_log1p_quotient(e);
}

fn math_times_log1p_exp(y: f32, high: f32, low: f32) -> f32 {
    return math_times_log1p_by(y, (high + low) * 1.44269502);
}

fn math_times_log1p_by(y: f32, power: f32) -> f32 {
    let w = exp2(0.5 * power);
    return ((y * w) * math_log1p_quotient(w * w)) * w;
}

fn math_log1p_steps(y: f32) -> f32 {
    return 253.0;
}
