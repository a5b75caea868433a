// exp(scale * (x - top) + low) for x <= top, minus infinity included, and scale from 2^-100 to 2^100, for results in 16 bits. Relative error
// 2^-17.5 down to 2^-31, where f16 ends (WGSL lets exp2 be 3 + 2 abs(x) ULP off, and the exponent's rounding is half of that), and 2^-15.5 below. For
// x above top the same up to 17, and more than 2^125 where it is out of range. Beside infinities as the longer one.

struct MathOrigin {
    top: f32,
    beside: f32,   // what every finite x is further below it
    most: f32,     // how many powers of two x is above it, at most
}

// `low` is too small to count.
fn math_origin(top: f32, low: f32, rate: f32, step: f32, rest: f32) -> MathOrigin {
    let is_infinite = top > 3.4028234663852886e38;
    let value = clamp(top, -3.4028234663852886e38, 3.4028234663852886e38);
    return MathOrigin(value, select(0.0, -252.0, is_infinite), select(126.0, 0.0, is_infinite));
}

fn math_exp_difference(x: f32, origin: MathOrigin, scale: f32, low: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return exp2(clamp((x - origin.top) * rate + origin.beside, -252.0, origin.most) + low * 1.44269502);
}
