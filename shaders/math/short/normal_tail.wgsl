// 16 bits: products with the normal distribution function and with its bell. Factors below 2^-126 come as squares, since their products may be
// normal.

// x without its sign, at most where the squares are 0.
fn math_normal_size(x: f32) -> f32 {
    return min(abs(x), 15.2);
}

// first * Phi(-a), for a from 0 to 15.2.
fn math_times_normal_tail(first: f32, a: f32) -> f32 {
    // log2(Phi(-a)) / 2 on [0, 13.65], relative error of Phi 2^-15.06 (minimax.py: short_gelu_erf); w^2 is above 1/2 at 0, where a w^2 may be
    // the smallest normal number.
    let p = -0.499989986 + a * (-0.575535238 + a * (-0.229404464 + a * (-0.0269377474 + a * (0.00430968264
        + a * (-0.000504008145 + a * (4.08662854e-5 + a * (-2.1525384e-6 + a * (6.58114772e-8 + a * -8.82774354e-10))))))));
    let w = exp2(p);
    return (first * w) * w;
}

// first * exp(-a^2 / 2): log2(e) / 4
fn math_times_normal_bell(first: f32, a: f32) -> f32 {
    let w = exp2((a * a) * -0.36067376);
    return (first * w) * w;
}
