// 16 bits: as ../erf.wgsl, with the builtin exp.

fn math_erf(x: f32) -> f32 {
    let a = min(abs(x), 4.0);
    let z = a * a;
    // erf(a) / a on [0, 0.9], relative error 2^-21.16 (minimax.py: short_erf_near).
    let near = x * (1.12837875 + z * (-0.376098871 + z * (0.112562567 + z * (-0.0258919969 + z * 0.0037704343))));
    // log(1 - erf(a)) on [0.9, 4], relative error of erf 2^-21.50 (minimax.py: short_erf_far).
    let q = -0.0076923375 + a * (-1.09772265 + a * (-0.68468976 + a * (-0.0661106855 + a * 0.00661113439)));
    let far = 1.0 - exp(q);
    return select(select(far, -far, x < 0.0), near, a < 0.9);
}
