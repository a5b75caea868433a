// 16 bits: as ../mish.wgsl. tanh(log(1 + e)) is n / (2 + n) with n = e (2 + e), e = exp(x); one factor exp(x / 2) comes last: results may be
// normal where exp(x) is subnormal. From 20 on the quotient is 1.
// needs: divide nan

fn math_mish(x: f32) -> f32 {
    let bounded = clamp(x, -110.0, 20.0);
    let w = exp2(bounded * 0.72134752); // log2(e) / 2
    let e = w * w;
    let m = 2.0 + e;
    return (math_at_least(x, -110.0) * math_quotient(w * m, 2.0 + e * m)) * w;
}

// e / (2 + n) (2 + e + 4 x (1 + e) / (2 + n)). Beside the zero, an absolute error of 2^-22.5.
fn math_mish_slope(x: f32) -> f32 {
    let bounded = clamp(x, -110.0, 20.0);
    let w = exp2(bounded * 0.72134752);
    let e = w * w;
    let m = 2.0 + e;
    let r = math_quotient(1.0, 2.0 + e * m);
    return ((w * r) * (m + (bounded * r) * (4.0 + 4.0 * e))) * w;
}

// The second derivative, with e = exp(-abs(x)): for x < 0, e (2 + x + e (4 + x + e (1.5 (2 - x) + e (1 - x)))) / (1 + k + k^2 / 2)^3 with k = e; for
// x > 0, 8 e^2 (1 - x + e (1.5 (2 - x) + e (4 + x + e (2 + x)))) over the same with k = 2 e. Beside the zeros, an absolute error of 2^-22.6.
fn math_mish_bend(x: f32) -> f32 {
    let a = min(abs(x), 110.0);
    let positive = x > 0.0;
    let w = exp2(a * -0.72134752); // log2(e) / 2
    let e = w * w;
    let left = (2.0 - a) + e * ((4.0 - a) + e * (1.5 * (2.0 + a) + e * (1.0 + a)));
    let right = (8.0 * e) * ((1.0 - a) + e * (1.5 * (2.0 - a) + e * ((4.0 + a) + e * (2.0 + a))));
    let k = select(e, 2.0 * e, positive);
    let r = math_quotient(1.0, 1.0 + k * (1.0 + 0.5 * k));
    return (((w * r) * select(left, right, positive)) * (r * r)) * w;
}
