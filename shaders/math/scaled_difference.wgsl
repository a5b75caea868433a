// scale * (x - top) for x <= top, minus infinity included, and scale from 2^-100 to 2^100; 0 where both are infinite. Error 1 ULP.
fn math_scaled_difference(x: f32, top: f32, scale: f32) -> f32 {
    let difference = x - top;
    // The difference may be beyond f32 where its product with the scale is not.
    let scaled = select(scale * difference, scale * x - scale * top, difference < -3.4028234663852886e38);
    return select(scaled, 0.0, x == top);
}
