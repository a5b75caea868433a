// exp(scale * (x - top) + low) for x <= top, minus infinity included, and scale from 2^-100 to 2^100, for results in 16 bits. Relative error 2^-17. For x above top
// the same up to 17, where WGSL allows exp2 to be 28 ULP off, and infinity where it is out of range.
// needs: exp

fn math_exp_difference(x: f32, top: f32, scale: f32, low: f32) -> f32 {
    return math_times_exp(1.0, clamp((x - top) * scale, -174.0, 174.0), low);
}
