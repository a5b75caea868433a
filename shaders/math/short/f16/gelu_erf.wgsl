// f16: as ../gelu_erf.wgsl, without squares.
// needs: divide nan

// first * Phi(-a)
fn math_times_normal_tail(first: f32, size: f32) -> f32 {
    let a = min(size, 9.2);
    // log2(Phi(-a)) on [0, 7.2], relative error of Phi times exp(-(a / 6.3)^16) 2^-17.98 (minimax.py: f16_gelu_erf). It goes on falling, to
    // -65.6 at 9.2, where the product counts as 0 (scale.wgsl).
    let p = -0.999999464 + a * (-1.15121865 + a * (-0.45853287 + a * (-0.0538983345 + a * (0.00847995002
        + a * (-0.000923861924 + a * (6.07992515e-5 + a * -1.79686617e-6))))));
    return first * exp2(p);
}

fn math_gelu_erf(x: f32) -> f32 {
    let a = min(abs(x), 9.2);
    return math_positive_part(x) - math_times_normal_tail(a, a);
}

fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = min(abs(x), 9.2);
    let e = exp2((a * a) * -0.72134752); // exp(-a^2 / 2): log2(e) / 2
    let z = math_quotient(a - 2.5, a + 2.5);
    // As in ../gelu_erf.wgsl; relative error of P on [0, 9.2] 2^-17.82 (minimax.py: f16_gelu_erf_slope).
    let p = 0.489658475 + z * (-0.129011199 + z * (0.0447515137 + z * (-0.00433252007 + z * (-0.00259667682
        + z * 8.05161617e-5))));
    let tail = e * ((0.751791537 - a) * p - 6.93438596e-9);
    return select(tail, 1.0 - tail, x > 0.0);
}
