// f16: as ../scale_exp.wgsl, with exp(x) itself.
// needs: scale

// Where x is above 88, any dy but 0 gives infinity in f16.
fn math_scale_exp(dy: f32, x: f32) -> f32 {
    return math_scale(dy, exp(min(x, 88.0)));
}

fn math_scale_exp_left(dy: f32, y: f32, x: f32, right: f32) -> f32 {
    return math_scale(dy, select(y * exp(min(x, 0.0)), right, x > 0.0));
}
