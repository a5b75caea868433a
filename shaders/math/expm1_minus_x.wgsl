// exp(x) - 1 - x for x <= 0, minus infinity included. Error at most 2.2 ULP. It is x^2 / 2 near 0, where a
// difference would cancel: down to -1 a polynomial times x^2, below that exp(x) - (1 + x), of which 1 + x is
// exact down to -2. (Taking x from expm1(x) loses everything near 0.)
// needs: exp

// 1/2 + x * this is (exp(x) - 1 - x) / x^2 on [-1, 0], relative error 2^-30.1 (minimax.py: expm1_minus_x).
fn math_expm1_minus_x_bend(x: f32) -> f32 {
    return 0.166666642 + x * (0.0416662209 + x * (0.0083306348
        + x * (0.00138128118 + x * (0.000187361118 + x * 1.65765668e-5))));
}

fn math_expm1_minus_x(x: f32) -> f32 {
    let near = x * x * (0.5 + x * math_expm1_minus_x_bend(x));
    return select(near, (-1.0 - x) + math_exp(x), x < -1.0);
}
