// f16: as ../gelu_erf.wgsl, without squares.
// needs: gelu_erf_product nan

// first * Phi(-a)
fn math_times_normal_tail(first: f32, size: f32) -> f32 {
    let a = min(size, 9.2);
    // log2(Phi(-a)) on [0, 7.2], relative error of Phi times exp(-(a / 6.3)^16) 2^-17.98 (minimax.py: f16_gelu_erf). It goes on falling, to
    // -65.6 at 9.2, where the product counts as 0 (scale.wgsl).
    let p = -0.999999464 + a * (-1.15121865 + a * (-0.45853287 + a * (-0.0538983345 + a * (0.00847995002
        + a * (-0.000923861924 + a * (6.07992515e-5 + a * -1.79686617e-6))))));
    return first * exp2(p);
}

fn math_gelu_erf(x: f32) -> f32 {
    let a = min(abs(x), 9.2);
    return math_positive_part(x) - math_times_normal_tail(a, a);
}

// exp(-a^2 / 2): log2(e) / 2
fn math_gelu_erf_bell(a: f32) -> f32 {
    return exp2((a * a) * -0.72134752);
}

// By the derivative's parts, for kernels that have both.
fn math_gelu_erf_beside_slope(x: f32) -> f32 {
    let a = min(abs(x), 9.2);
    return math_positive_part(x) - (a * (math_gelu_erf_product(a) + 0.398942292 * a)) * math_gelu_erf_bell(a);
}

fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = min(abs(x), 9.2);
    let tail = math_gelu_erf_product(a) * math_gelu_erf_bell(a);
    return select(tail, 1.0 - tail, !math_is_negative(x));
}
