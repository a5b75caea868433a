// abs: x >= 0 ? x : -x
// derivative: x > 0 ? 1 : x < 0 ? -1 : 0             at 0: 0, as PyTorch
// needs: nan
fn act_abs(x: f32) -> f32 {
    return math_keep_nan(x, abs(x));
}

fn act_abs_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, -dy, x < 0.0), dy, x > 0.0));
}
