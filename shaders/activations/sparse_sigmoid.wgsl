// sparse_sigmoid: min(max((x + 1) / 2, 0), 1)
// derivative: -1 < x < 1 ? 1/2 : 0                  at -1 and 1: 0
// needs: nan
fn act_sparse_sigmoid(x: f32) -> f32 {
    return math_keep_nan(x, select(select(0.0, 0.5 * (x + 1.0), x > -1.0), 1.0, x > 1.0));
}

fn act_sparse_sigmoid_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, 0.5 * dy, x > -1.0 && x < 1.0));
}

fn act_sparse_sigmoid_backward_from_output(y: f32, dy: f32) -> f32 {
    return math_keep_nan(y, select(0.0, 0.5 * dy, y > 0.0 && y < 1.0));
}
