// 16 bits: as ../product.wgsl, in one word, which is off by 2^-24 of itself: 2^-17 of exp(100).

struct MathProduct {
    high: f32,
    low: f32,
}

fn math_product(x: f32, y: f32) -> MathProduct {
    return MathProduct(clamp(math_exponent(x, y).high, -174.0, 174.0), 0.0);
}

// Without bounds: the short forms of sigmoids take infinity. An infinite x counts as the largest, so that 0 takes it away.
fn math_exponent(x: f32, y: f32) -> MathProduct {
    return math_unbounded_product(clamp(x, -3.4028234663852886e38, 3.4028234663852886e38), y);
}

fn math_unbounded_product(x: f32, y: f32) -> MathProduct {
    return MathProduct(x * y, 0.0);
}
