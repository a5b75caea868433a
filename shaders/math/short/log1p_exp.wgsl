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

// A large y may well bring a subnormal logarithm back among the normal numbers: it gives 126 of its binary digits to the power of two.
fn math_times_log1p_by(y: f32, power: f32) -> f32 {
    let large = abs(y) > 1.0;
    let down = select(1.0, 1.17549435e-38, large);
    let scaled = exp2(power + select(0.0, 126.0, large));
    return (y * down) * (scaled * math_log1p_quotient(scaled * down));
}

fn math_log1p_steps(y: f32) -> f32 {
    return 253.0;
}
