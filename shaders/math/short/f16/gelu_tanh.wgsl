// f16: as ../gelu_tanh.wgsl, with exp(v) itself. To base 2, v is x (A + B x^2) with A = 2.30220819, B = 0.102943242 (minimax.py: f16_gelu_tanh_a,
// gelu_tanh_b_rounded).
// needs: divide nan

// exp(-v)
fn math_gelu_tanh_power(x: f32) -> f32 {
    return exp2(x * (-2.30220819 - 0.102943242 * (x * x)));
}

fn math_gelu_tanh(x: f32) -> f32 {
    return math_quotient(math_at_least(x, -8.0), 1.0 + math_gelu_tanh_power(clamp(x, -8.0, 8.0)));
}

fn math_gelu_tanh_slope(x: f32) -> f32 {
    let bounded = clamp(x, -8.0, 8.0);
    let e = math_gelu_tanh_power(bounded);
    let r = math_quotient(1.0, 1.0 + e);
    let slope = bounded * (1.59576917 + 0.214064449 * (bounded * bounded)); // (minimax.py: short_gelu_tanh_slope_a, short_gelu_tanh_slope_b)
    return r * (1.0 + slope * (e * r));
}

// As ../gelu_tanh.wgsl.
fn math_gelu_tanh_bend(x: f32) -> f32 {
    let a = min(abs(x), 8.0);
    let e = math_gelu_tanh_power(a);
    let r = math_quotient(1.0, 1.0 + e);
    let slope = 1.59576917 + 0.214064449 * (a * a); // as above
    let first = 4.0 * slope - 3.19153833;
    let second = (a * slope) * slope;
    return ((e * r) * ((first - second) + e * (first + second))) * (r * r);
}
