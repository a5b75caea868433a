// x * (slope + slope_low) in two words, of which the first is exact: beside the zero of a line, a rounded product leaves nothing but its
// error. slope_low is what a slope of more than 24 bits has beyond its first word, else 0. For slopes that are 0 or from 1e-26 to 1e26 in
// size, and x from 1e-30; a slope of 0 takes an infinite x away. (line.wgsl takes every x, slope and edge, for more than twice as much.)
// needs: fence slope_high split

struct MathWideProduct {
    first: f32,
    rest: f32,
}

fn math_wide_product(x: f32, slope: f32, slope_low: f32) -> MathWideProduct {
    let slope_high = math_slope_high(slope);
    let bounded = clamp(x, -3.4028234663852886e38, 3.4028234663852886e38);
    let low = math_low(bounded, math_truncate(bounded));
    let high = math_truncate(select(x, bounded, slope == 0.0));
    return MathWideProduct(high * slope_high, high * (math_low(slope, slope_high) + slope_low) + low * slope);
}

// slope * x + offset for every x but NaN. Error 1 ULP also beside its zero: what the rounded product lost is added to its sum with the
// offset, which is exact there.
fn math_wide_line(x: f32, slope: f32, offset: f32) -> f32 {
    let zero = bitcast<u32>(slope * slope) & 0x80000000u; // no square is negative
    let bounded = clamp(x, -3.4028234663852886e38, 3.4028234663852886e38);
    let high = math_truncate(bounded);
    let low = math_low(bounded, high);
    let slope_high = math_truncate(slope);
    let slope_low = math_low(slope, slope_high);
    let product = math_fence(x * slope, zero);
    let beyond = math_fence(math_fence(high * slope_high - product, zero) + high * slope_low, zero);
    let rest = math_fence((beyond + low * slope_high) + low * slope_low, zero);
    let sum = math_fence(product + offset, zero);
    // Parts of a large x overflow. Without an offset x may be small, whose parts underflow.
    return select(sum + rest, select(product, 0.0, slope == 0.0) + offset, offset == 0.0 || abs(x) > 1.15292150e18); // 2^60
}
