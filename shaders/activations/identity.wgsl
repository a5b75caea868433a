// identity: x
// derivative: 1
// needs: nan
fn act_identity(x: f32) -> f32 {
    return x;
}

fn act_identity_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, dy);
}

fn act_identity_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, dy);
}
