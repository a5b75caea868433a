// 16 bits: as ../scale_exp.wgsl; below -104 exactly 0, infinite dy included.
// needs: exp scale

fn math_scale_exp(dy: f32, x: f32) -> f32 {
    return select(math_times_exp(dy, clamp(x, -174.0, 174.0), 0.0), 0.0, x < -104.0);
}

fn math_scale_exp_left(dy: f32, y: f32, x: f32, right: f32) -> f32 {
    return math_scale(dy, select(math_times_exp(y, clamp(x, -174.0, 0.0), 0.0), right, x > 0.0));
}
