// tanh(x) for every x, infinite ones included. Error 1.3 ULP. An odd polynomial near 0, else 1 - 2 / (1 +
// exp(2 abs(x))): from 0.55 on the quotient's errors count at most half. Rejected: the builtin (NaN above 43
// to 88 on some drivers, 1e-5 absolute); (1 - e) / (1 + e) (no digit right near 0).
// needs: logistic

fn math_tanh(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    // tanh(a) = a + a z p(z) on [0, 0.55], relative error 2^-29.7 (minimax.py: tanh).
    let p = -0.333333164 + z * (0.133325443 + z * (-0.0538475476 + z * (0.021050714 + z * -0.0062428494)));
    let near = a + (a * z) * p;
    let far = 1.0 - math_times_logistic(2.0, -2.0 * a, 0.0);
    let result = select(far, near, a < 0.55);
    return select(result, -result, x < 0.0);
}
