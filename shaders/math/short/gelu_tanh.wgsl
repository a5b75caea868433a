// 16 bits: as ../gelu_tanh.wgsl. With w = exp(v / 2), v = 2 k (x + 0.044715 x^3), it is x w / (1 + w^2) w: exp(v) would be subnormal where the
// result is not. To base 2, v / 2 is x (A + B x^2) with A = 1.15110409, B = 0.0514716208 (minimax.py: short_gelu_tanh_a, short_gelu_tanh_b).
// needs: divide nan

// exp(-v / 2) for a = abs(x).
fn math_gelu_tanh_root(a: f32) -> f32 {
    return exp2(a * (-1.15110409 - 0.0514716208 * (a * a)));
}

fn math_gelu_tanh(x: f32) -> f32 {
    let a = min(abs(x), 10.8);
    let w = math_gelu_tanh_root(a);
    return math_positive_part(x) - math_quotient(a * w, 1.0 + w * w) * w;
}

// At -a: s (1 - a v' (1 - s)), and a v' = a (2 k + 6 k 0.044715 a^2). Beside the zero, an absolute error of 2^-22.6.
fn math_gelu_tanh_slope(x: f32) -> f32 {
    let a = min(abs(x), 11.0);
    let w = math_gelu_tanh_root(a);
    let r = math_quotient(1.0, 1.0 + w * w);
    let slope = a * (1.59576917 + 0.214064449 * (a * a)); // minimax.py: short_gelu_tanh_slope_a, short_gelu_tanh_slope_b
    let tail = ((w * r) * (1.0 - slope * r)) * w;
    return select(tail, 1.0 - tail, x > 0.0);
}
