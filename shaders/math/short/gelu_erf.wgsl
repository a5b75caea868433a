// 16 bits: as ../gelu_erf.wgsl, by the builtin exp2. Factors below 2^-126 come as squares, since their products with x may be normal.
// needs: gelu_erf_product nan

// first * Phi(-a)
fn math_times_normal_tail(first: f32, size: f32) -> f32 {
    let a = min(size, 15.2); // where the square is 0
    // log2(Phi(-a)) / 2 on [0, 13.65], relative error of Phi 2^-15.06 (minimax.py: short_gelu_erf); w^2 is above 1/2 at 0, where a w^2 may be
    // the smallest normal number.
    let p = -0.499989986 + a * (-0.575535238 + a * (-0.229404464 + a * (-0.0269377474 + a * (0.00430968264
        + a * (-0.000504008145 + a * (4.08662854e-5 + a * (-2.1525384e-6 + a * (6.58114772e-8 + a * -8.82774354e-10))))))));
    let w = exp2(p);
    return (first * w) * w;
}

fn math_gelu_erf(x: f32) -> f32 {
    let a = min(abs(x), 15.2);
    return math_positive_part(x) - math_times_normal_tail(a, a);
}

// exp(-a^2 / 4): log2(e) / 4
fn math_gelu_erf_bell_root(a: f32) -> f32 {
    return exp2((a * a) * -0.36067376);
}

// By the derivative's parts, for kernels that have both.
fn math_gelu_erf_beside_slope(x: f32) -> f32 {
    let a = min(abs(x), 15.2);
    let w = math_gelu_erf_bell_root(a);
    return math_positive_part(x) - ((a * (math_gelu_erf_product(a) + 0.398942292 * a)) * w) * w;
}

fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = min(abs(x), 15.2);
    let w = math_gelu_erf_bell_root(a);
    let tail = (math_gelu_erf_product(a) * w) * w;
    return select(tail, 1.0 - tail, !math_is_negative(x));
}
