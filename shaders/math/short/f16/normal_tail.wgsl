// f16: as ../normal_tail.wgsl, without squares.

fn math_normal_size(x: f32) -> f32 {
    return min(abs(x), 9.2);
}

fn math_times_normal_tail(first: f32, a: f32) -> f32 {
    // log2(Phi(-a)) on [0, 7.2], relative error of Phi times exp(-(a / 6.3)^16) 2^-17.98 (minimax.py: f16_gelu_erf). It goes on falling, to
    // -65.6 at 9.2, where the product counts as 0 (scale.wgsl).
    let p = -0.999999464 + a * (-1.15121865 + a * (-0.45853287 + a * (-0.0538983345 + a * (0.00847995002
        + a * (-0.000923861924 + a * (6.07992515e-5 + a * -1.79686617e-6))))));
    return first * exp2(p);
}

// log2(e) / 2
fn math_times_normal_bell(first: f32, a: f32) -> f32 {
    return first * exp2((a * a) * -0.72134752);
}
