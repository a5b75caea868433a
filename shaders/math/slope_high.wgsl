// The first 12 bits of a slope less one in its last place: what is left is never 0 nor of the other sign, so that an infinite x makes both
// words of a product the same infinity.
// needs: split
fn math_slope_high(slope: f32) -> f32 {
    return select(math_truncate(bitcast<f32>(bitcast<u32>(slope) - 1u)), 0.0, slope == 0.0);
}
