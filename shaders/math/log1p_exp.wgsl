// log(1 + exp(a)) for a <= 0. With e = exp(a) it is e + e^2 q(e). Rejected: a series in w = e / (2 + e), which is shorter, but its division
// costs more than the terms it saves and rounds e twice.
// needs: power

// (log(1 + e) - e) / e^2 on [0, 1], relative error of the logarithm 2^-27.49 (minimax.py: log1p). In pairs: in one chain, where each term
// waits for the one before it, softplus takes 4 % more on llvmpipe (for one operation less on RDNA 2). Rejected: even and odd powers apart,
// 3.3 ULP.
fn math_log1p_bend(e: f32) -> f32 {
    let z = e * e;
    return (-0.499999315 + e * 0.333304793) + z * ((-0.24958317 + e * 0.196942508) + z * ((-0.153525844 + e * 0.106764153)
        + z * ((-0.0576281473 + e * 0.0201871209) + z * -0.0033149214)));
}

// For a from -88 to 0. Error 2.3 ULP. Exactly 0 below -87.7.
fn math_log1p_exp(a: f32) -> f32 {
    let e = math_exp_short(a);
    return e + (e * e) * math_log1p_bend(e);
}

// y * log(1 + exp(a)) for a = high + low <= 0 (see power.wgsl) and any y up to 2^126. Error 2.3 ULP for y = 1, 2.8 for others.
fn math_times_log1p_exp(y: f32, high: f32, low: f32) -> f32 {
    return math_times_log1p_by(y, math_power(max(high, select(-88.0, -175.5, abs(y) > 1.0)), low));
}

// The same by the power of an a from -math_log1p_steps(y) ln 2 to 0. As in math_scaled_exp, a large y gives 126 of its binary digits to the
// power of two: it may well bring a subnormal logarithm back among the normal numbers. Exactly 0 at that bound.
fn math_times_log1p_by(y: f32, power: MathPower) -> f32 {
    let large = abs(y) > 1.0;
    let down = select(1.0, 1.17549435e-38, large);
    let scaled = math_shift(select(1.0, 8.50705917e37, large), power.bits) * math_exp_near(1.0, power.rest);
    let e = scaled * down;
    return (y * down) * (scaled + scaled * (e * math_log1p_bend(e)));
}

fn math_log1p_steps(y: f32) -> f32 {
    return select(127.0, 253.0, abs(y) > 1.0);
}
