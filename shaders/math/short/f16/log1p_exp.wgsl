// f16: as ../log1p_exp.wgsl, a term shorter than log1p_quotient.wgsl, and with exp(a) itself: a y, up to 2^80 in size, brings none of f16's
// numbers back from below 2^-126.

// log(1 + e) / e on [0, 1], relative error times 1 + 1 / (2 + 16 e) 2^-16.60 (minimax.py: f16_log1p): smaller where e is, as there WGSL
// lets exp be further off.
fn math_log1p_share(e: f32) -> f32 {
    return 0.999993384 + e * (-0.499431461 + e * (0.325702518 + e * (-0.211331189 + e * (0.102607965 + e * -0.0244005769))));
}

fn math_log1p_exp(a: f32) -> f32 {
    let e = exp(a);
    return e * math_log1p_share(e);
}

fn math_times_log1p_exp(y: f32, high: f32, low: f32) -> f32 {
    return math_times_log1p_by(y, (high + low) * 1.44269502);
}

fn math_times_log1p_by(y: f32, power: f32) -> f32 {
    let e = exp2(power);
    return (y * e) * math_log1p_share(e);
}

fn math_log1p_steps(y: f32) -> f32 {
    return 253.0;
}
