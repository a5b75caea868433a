// 16 bits: as ../expm1_minus_x.wgsl, with the builtin exp.
// needs: exp

// 0.499999702 + x * this is (exp(x) - 1 - x) / x^2 on [-1, 0], relative error 2^-20.58 (minimax.py: short_expm1_minus_x); 1/2 does, too.
fn math_expm1_minus_x_bend(x: f32) -> f32 {
    return 0.166651696 + x * (0.0415471122 + x * (0.00799281895 + x * 0.000977371237));
}

fn math_expm1_minus_x(x: f32) -> f32 {
    let near = x * x * (0.499999702 + x * math_expm1_minus_x_bend(x));
    return select(near, (-1.0 - x) + math_exp(x), x < -1.0);
}
