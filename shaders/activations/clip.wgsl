// clip: min(max(x, min_value), max_value)
// derivative: min_value < x < max_value ? 1 : 0     at both: 0
// needs: clip
fn act_clip(x: f32, min_value: f32, max_value: f32) -> f32 {
    return math_clip(x, min_value, max_value);
}

fn act_clip_backward(x: f32, dy: f32, min_value: f32, max_value: f32) -> f32 {
    return math_clip_backward(x, dy, min_value, max_value);
}

// The output lies strictly between the bounds exactly where the input does.
fn act_clip_backward_from_output(y: f32, dy: f32, min_value: f32, max_value: f32) -> f32 {
    return math_clip_backward(y, dy, min_value, max_value);
}
