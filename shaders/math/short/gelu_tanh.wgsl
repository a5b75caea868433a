// 16 bits: as ../gelu_tanh.wgsl. With w = exp(v / 2), v = 2 k (x + 0.044715 x^3), it is x w / (1 + w^2) w: exp(v) would be subnormal where the
// result is not. To base 2, v / 2 is x (A + B x^2) with A = 1.15110409, B = 0.0514716208 (minimax.py: short_gelu_tanh_a, short_gelu_tanh_b).
// needs: divide nan

// exp(v / 2)
fn math_gelu_tanh_root(x: f32) -> f32 {
    return exp2(x * (1.15110409 + 0.0514716208 * (x * x)));
}

fn math_gelu_tanh(x: f32) -> f32 {
    let w = math_gelu_tanh_root(clamp(x, -11.5, 8.0));
    return (math_at_least(x, -11.5) * math_quotient(w, 1.0 + w * w)) * w;
}

// s (1 + x v' (1 - s)), x v' = x (2 k + 6 k 0.044715 x^2). Beside the zero, an absolute error of 2^-22.6.
fn math_gelu_tanh_slope(x: f32) -> f32 {
    let bounded = clamp(x, -11.5, 8.0);
    let w = math_gelu_tanh_root(bounded);
    let r = math_quotient(1.0, 1.0 + w * w);
    let slope = bounded * (1.59576917 + 0.214064449 * (bounded * bounded)); // (minimax.py: short_gelu_tanh_slope_a, short_gelu_tanh_slope_b)
    return ((w * r) * (1.0 + slope * r)) * w;
}

// e ((A - B) + e (A + B)) / (1 + e)^3 with e = exp(-v), B = a v'^2 and A = 4 v' - 4 k, for a = abs(x). Beside the zero, an absolute error of 2^-22.6.
fn math_gelu_tanh_bend(x: f32) -> f32 {
    let a = min(abs(x), 11.5);
    let w = math_gelu_tanh_root(-a);
    let e = w * w;
    let r = math_quotient(1.0, 1.0 + e);
    let slope = 1.59576917 + 0.214064449 * (a * a); // as above
    let first = 4.0 * slope - 3.19153833;
    let second = (a * slope) * slope;
    return (((w * r) * ((first - second) + e * (first + second))) * (r * r)) * w;
}
