// 16 bits: as ../logistic_slope.wgsl, by the builtins. As a factor, exp(-a) is the square of exp(-a / 2), as in logistic.wgsl.
// needs: divide

fn math_logistic_slope(a: f32) -> f32 {
    let e = exp(-a);
    let r = math_quotient(1.0, 1.0 + e);
    return e * r * r;
}

fn math_times_logistic_slope_by(y: f32, power: f32) -> f32 {
    let w = exp2(0.5 * power);
    let r = math_quotient(1.0, 1.0 + w * w);
    return ((y * w) * (r * r)) * w;
}
