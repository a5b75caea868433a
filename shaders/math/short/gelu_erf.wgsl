// 16 bits: as ../gelu_erf.wgsl, by the builtin exp2.
// needs: divide nan normal_tail

// exp(a^2 / 2) times the derivative at -a, for a from 0 to 15.2: (zero - a) P((a - 3.5) / (a + 3.5)). With a phi(0) it is exp(a^2 / 2) Phi(-a),
// though a relative error is 40 times as large there for an a of 6.
fn math_gelu_erf_product(a: f32) -> f32 {
    let z = 1.0 - 7.0 * math_quotient(1.0, a + 3.5);
    // On [0, 14.4], relative errors of the derivative and of Phi, as one, 2^-18.29 (minimax.py: short_gelu_erf_slope).
    let p = 0.469379514 + z * (-0.111317001 + z * (0.0583319999 + z * (-0.0220168792 + z * (0.00467200391
        + z * (0.000256611907 + z * -0.000382085767)))));
    return (0.751791537 - a) * p - 6.93438596e-9;
}

fn math_gelu_erf(x: f32) -> f32 {
    let a = math_normal_size(x);
    return math_positive_part(x) - math_times_normal_tail(a, a);
}

// By the derivative's parts, for kernels that have both.
fn math_gelu_erf_beside_slope(x: f32) -> f32 {
    let a = math_normal_size(x);
    return math_positive_part(x) - math_times_normal_bell(a * (math_gelu_erf_product(a) + 0.398942292 * a), a);
}

fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = math_normal_size(x);
    let tail = math_times_normal_bell(math_gelu_erf_product(a), a);
    return select(tail, 1.0 - tail, !math_is_negative(x));
}
