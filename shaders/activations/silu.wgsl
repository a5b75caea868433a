// silu: x * s(x)
// derivative: s(x) * (1 + x * (1 - s(x)))
// needs: nan logistic
fn act_silu(x: f32) -> f32 {
    return math_keep_nan(x, math_times_logistic(x, x, 0.0));
}

fn act_silu_backward(x: f32, dy: f32) -> f32 {
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    return math_keep_nan(x, math_scale(dy, math_logistic_product_slope(bounded, 0.0, bounded, 0.0)));
}
