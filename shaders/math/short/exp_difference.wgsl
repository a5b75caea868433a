// exp(scale * (x - top) + low) for x <= top, minus infinity included, and scale from 2^-100 to 2^100, for results in 16 bits. Relative error
// 2^-17.5 down to 2^-31, where f16 ends (WGSL lets exp2 be 3 + 2 abs(x) ULP off, and the exponent's rounding is half of that), and 2^-15.5 below. For
// x above top the same up to 17, and more than 2^125 where it is out of range.

fn math_exp_difference(x: f32, top: f32, scale: f32, low: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return exp2(clamp((x - top) * rate, -252.0, 126.0) + low * 1.44269502);
}
