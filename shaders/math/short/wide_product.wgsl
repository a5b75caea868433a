// 16 bits: as ../wide_product.wgsl. x has no more than 12 bits: its product with the slope's first 12 is exact. A NaN comes back as one.
// needs: fence slope_high split

fn math_wide_line(x: f32, slope: f32, offset: f32) -> f32 {
    let slope_high = math_slope_high(slope);
    let is_infinite = (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
    let bounded = select(x, 0.0, slope == 0.0 && is_infinite);
    let sum = math_fence(bounded * slope_high + offset, bitcast<u32>(slope * slope) & 0x80000000u); // no square is negative
    return sum + bounded * math_low(slope, slope_high);
}
