// hardshrink: abs(x) > lambda ? x : 0
// derivative: abs(x) > lambda ? 1 : 0               at -lambda and lambda: 0
// needs: nan
fn act_hardshrink(x: f32, lambda: f32) -> f32 {
    return math_keep_nan(x, select(0.0, x, abs(x) > lambda));
}

fn act_hardshrink_backward(x: f32, dy: f32, lambda: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy, abs(x) > lambda));
}

// For lambda >= 0 only: then an output beyond lambda is the input itself, and any other is 0.
fn act_hardshrink_backward_from_output(y: f32, dy: f32, lambda: f32) -> f32 {
    return act_hardshrink_backward(y, dy, lambda);
}
