// 16 bits: as ../wide_product.wgsl. x has no more than 12 bits: its product with the slope's first 12 is exact. A NaN comes back as one.
// needs: fence slope_high split

struct MathWideProduct {
    first: f32,
    rest: f32,
}

fn math_is_infinite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn math_wide_product(x: f32, slope: f32, slope_low: f32) -> MathWideProduct {
    let slope_high = math_slope_high(slope);
    let bounded = select(x, 0.0, slope == 0.0 && math_is_infinite(x));
    return MathWideProduct(bounded * slope_high, bounded * (math_low(slope, slope_high) + slope_low));
}

fn math_wide_line(x: f32, slope: f32, offset: f32) -> f32 {
    let product = math_wide_product(x, slope, 0.0);
    return math_fence(product.first + offset, bitcast<u32>(slope * slope) & 0x80000000u) + product.rest; // no square is negative
}
