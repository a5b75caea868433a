// 16 bits: as ../log1p_exp.wgsl, with the builtin exp. e p(e) for e = exp(a). Rejected: the builtin log, whose absolute error of 2^-21 would
// want a second way for small e.

// log(1 + e) / e on [0, 1], relative error 2^-19.57 (minimax.py: short_log1p).
fn math_log1p_quotient(e: f32) -> f32 {
    return 0.999998748 + e * (-0.499870121 + e * (0.331098199 + e * (-0.235051289 + e * (0.149244964
        + e * (-0.0664186329 + e * 0.0141461929)))));
}

fn math_log1p_exp(a: f32) -> f32 {
    let e = exp(a);
    return e * math_log1p_quotient(e);
}

fn math_times_log1p_exp(y: f32, high: f32, low: f32) -> f32 {
    return math_times_log1p_by(y, high + low);
}

fn math_times_log1p_by(y: f32, a: f32) -> f32 {
    let w = exp2(a * 0.72134752); // log2(e) / 2
    return ((y * w) * math_log1p_quotient(w * w)) * w;
}

fn math_log1p_steps(y: f32) -> f32 {
    return 253.0;
}
