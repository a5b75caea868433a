// f16: as ../mish.wgsl, with exp(x) itself.
// needs: divide nan

fn math_mish(x: f32) -> f32 {
    let e = exp(clamp(x, -60.0, 20.0));
    let n = e * (2.0 + e);
    return math_at_least(x, -60.0) * math_quotient(n, 2.0 + n);
}

fn math_mish_slope(x: f32) -> f32 {
    let bounded = clamp(x, -60.0, 20.0);
    let e = exp(bounded);
    let m = 2.0 + e;
    let r = math_quotient(1.0, 2.0 + e * m);
    return (e * r) * (m + (bounded * r) * (4.0 + 4.0 * e));
}

// The second derivative, with e = exp(-abs(x)): for x < 0, e (2 + x + e (4 + x + e (1.5 (2 - x) + e (1 - x)))) / (1 + k + k^2 / 2)^3 with k = e; for
// x > 0, 8 e^2 (1 - x + e (1.5 (2 - x) + e (4 + x + e (2 + x)))) over the same with k = 2 e. Beside the zeros, an absolute error of 2^-22.6.
fn math_mish_bend(x: f32) -> f32 {
    let a = min(abs(x), 60.0);
    let positive = x > 0.0;
    let e = exp(-a);
    let left = (2.0 - a) + e * ((4.0 - a) + e * (1.5 * (2.0 + a) + e * (1.0 + a)));
    let right = (8.0 * e) * ((1.0 - a) + e * (1.5 * (2.0 - a) + e * ((4.0 + a) + e * (2.0 + a))));
    let k = select(e, 2.0 * e, positive);
    let r = math_quotient(1.0, 1.0 + k * (1.0 + 0.5 * k));
    return ((e * r) * select(left, right, positive)) * (r * r);
}
