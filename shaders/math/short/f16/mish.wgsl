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
