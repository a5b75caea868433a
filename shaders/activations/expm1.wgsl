// expm1: exp(x) - 1
// derivative: exp(x)
// second derivative: exp(x)
// needs: nan exp scale_exp
fn act_expm1(x: f32) -> f32 {
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    return math_keep_nan(x, math_times_expm1(1.0, bounded, 0.0));
}

fn act_expm1_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp(dy, x));
}

fn act_expm1_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, y + 1.0));
}

fn act_expm1_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp(dy, x));
}
