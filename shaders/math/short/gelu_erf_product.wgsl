// 16 bits: exp(a^2 / 2) times the derivative of gelu_erf at -a, for a from 0 to 15.2: (zero - a) P((a - 3.5) / (a + 3.5)). With a phi(0) it is
// exp(a^2 / 2) Phi(-a), though a relative error is 40 times as large there for an a of 6.
// needs: divide

fn math_gelu_erf_product(a: f32) -> f32 {
    let z = 1.0 - 7.0 * math_quotient(1.0, a + 3.5);
    // On [0, 14.4], relative errors of the derivative and of Phi, as one, 2^-18.29 (minimax.py: short_gelu_erf_slope).
    let p = 0.469379514 + z * (-0.111317001 + z * (0.0583319999 + z * (-0.0220168792 + z * (0.00467200391
        + z * (0.000256611907 + z * -0.000382085767)))));
    return (0.751791537 - a) * p - 6.93438596e-9;
}
