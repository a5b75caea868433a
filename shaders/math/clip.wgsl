// x kept between two bounds, of which either may be infinite, and dy where x lies strictly between them. An infinite bound is none: an
// infinite x is within it.
// needs: nan

fn math_clip(x: f32, low: f32, high: f32) -> f32 {
    return math_keep_nan(x, select(select(low, x, x > low), high, x > high));
}

fn math_clip_backward(x: f32, dy: f32, low: f32, high: f32) -> f32 {
    let above = x > low || low < -3.4028234663852886e38;
    let below = x < high || high > 3.4028234663852886e38;
    return math_keep_nan(x, select(0.0, dy, above && below));
}
