// exp: exp(x)
// derivative: exp(x)
// second derivative: exp(x)
// needs: nan scale_exp
fn act_exp(x: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp(1.0, x));
}

fn act_exp_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp(dy, x));
}

fn act_exp_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, y));
}

fn act_exp_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp(dy, x));
}
