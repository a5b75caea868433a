// 16 bits: as ../tanh_slope.wgsl, by the builtin. Relative error 2^-16.4 at the worst exp2 and division.
// needs: divide tanh

fn math_tanh_slope(high: f32, low: f32) -> f32 {
    let f = exp2(2.0 - (high + low) * 2.88539004); // 4 exp(-2 a)
    let r = math_quotient(1.0, 1.0 + 0.25 * f);
    return f * r * r;
}

fn math_tanh_rest(a: f32) -> f32 {
    return math_quotient(2.0, 1.0 + exp2(min(a * 2.88539004, 120.0)));
}

// With w = exp(-a), whose square is out of range first.
fn math_times_tanh_slope(y: f32, high: f32, low: f32) -> f32 {
    let w = exp2((high + low) * -1.44269502);
    let r = math_quotient(1.0, 1.0 + w * w);
    return ((4.0 * y * w) * (r * r)) * w;
}

// tanh first, which has a relative error near 0.
fn math_times_tanh_bend(y: f32, high: f32, low: f32) -> f32 {
    return math_times_tanh_slope(y * math_tanh(high + low), high, low);
}
