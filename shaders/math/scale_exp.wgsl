// dy * exp(x) for every x and dy but NaN. Error 1.1 ULP where dy is a power of two, else 2.0. From -104 on down, where exp(x) is 0 in
// f32, exactly 0, infinite dy included.
// needs: exp

fn math_scale_exp(dy: f32, x: f32) -> f32 {
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    return select(math_times_exp(dy, bounded, 0.0), 0.0, x < -104.0);
}
