// f16: as ../gelu_tanh.wgsl, with exp(v) itself. To base 2, v is x (A + B x^2) with A = 2.30220819, B = 0.102943242 (minimax.py: f16_gelu_tanh_a,
// gelu_tanh_b_rounded).
// needs: divide nan

fn math_gelu_tanh(x: f32) -> f32 {
    let bounded = math_at_least(x, -8.0);
    return math_quotient(bounded, 1.0 + exp2(bounded * (-2.30220819 - 0.102943242 * (bounded * bounded))));
}

fn math_gelu_tanh_slope(x: f32) -> f32 {
    let a = min(abs(x), 8.0);
    let z = a * a;
    let e = exp2(a * (-2.30220819 - 0.102943242 * z));
    let r = math_quotient(1.0, 1.0 + e);
    let slope = a * (1.59576917 + 0.214064449 * z); // minimax.py: short_gelu_tanh_slope_a, short_gelu_tanh_slope_b
    let tail = (e * r) * (1.0 - slope * r);
    return select(tail, 1.0 - tail, x > 0.0);
}
