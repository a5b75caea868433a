// 16 bits: as ../gelu_erf.wgsl, by the builtin exp2. Factors below 2^-126 come as squares, since their products with x may be normal.
// needs: divide nan

fn math_gelu_erf(x: f32) -> f32 {
    let a = min(abs(x), 15.2); // where the square is 0
    // log2(Phi(-a)) / 2 on [0, 13.65], relative error of Phi 2^-15.12 (minimax.py: short_gelu_erf).
    let p = -0.500019789 + a * (-0.575426102 + a * (-0.229531929 + a * (-0.0268674307 + a * (0.00428823195
        + a * (-0.000500116905 + a * (4.04363309e-5 + a * (-2.12416012e-6 + a * (6.47835208e-8 + a * -8.67056649e-10))))))));
    let w = exp2(p);
    return math_positive_part(x) - (a * w) * w;
}

fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = min(abs(x), 15.2);
    let w = exp2((a * a) * -0.36067376); // exp(-a^2 / 4): log2(e) / 4
    let z = math_quotient(a - 2.5, a + 2.5);
    // As in ../gelu_erf.wgsl; relative error of P on [0, 14.5] 2^-16.55 (minimax.py: short_gelu_erf_slope).
    let p = 0.489660472 + z * (-0.129015595 + z * (0.0447041653 + z * (-0.00433651125 + z * (-0.00245011738
        + z * 0.000188709164))));
    let product = (0.751791537 - a) * p - 6.93438596e-9;
    let tail = (product * w) * w;
    return select(tail, 1.0 - tail, x > 0.0);
}
