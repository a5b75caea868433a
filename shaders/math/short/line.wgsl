// 16 bits: as ../line.wgsl. x has no more than 12 bits: its product with the slope's first 12 is exact, and so is the sum with the offset
// beside its zero. No scaling: x has f32's range, and its parts are not split.
// needs: fence nan split

fn math_line(x: f32, slope: f32, slope_low: f32, offset: f32) -> f32 {
    let high = math_high(slope);
    let zero = bitcast<u32>(slope * slope) & 0x80000000u; // no square is negative
    let sum = math_fence(math_fence(x * high, zero) + offset, zero) + x * (math_low(slope, high) + slope_low);
    let splits = abs(x) < 3.4028234663852886e38 && abs(slope) < 1.70141183e38;
    return select(math_scale(x, slope) + offset, sum, splits);
}
