// dy * derivative, but 0 where the derivative is 0, whatever dy is: a dead unit passes nothing on, infinity and NaN included.
fn math_scale(dy: f32, derivative: f32) -> f32 {
    return select(dy * derivative, 0.0, derivative == 0.0);
}
