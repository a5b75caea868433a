// dy / (x sqrt(x)), as in over_positive.wgsl: dy times infinity at 0, NaN below. Two divisions: x sqrt(x) leaves the range of f32. From 8e29
// on it is 0, as half of it is in f32. Error 1.5 ULP.
// needs: over_positive sqrt

fn math_over_root_cubed(dy: f32, x: f32) -> f32 {
    let result = math_over_positive(math_over_positive(dy, select(math_sqrt(x), x, x < 0.0)), x);
    return select(result, 0.0, x > 8e29);
}
