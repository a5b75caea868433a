// hardswish: x * min(max(x / 6 + 1/2, 0), 1)
// derivative: x <= -3 ? 0 : x < 3 ? x / 3 + 1/2 : 1     at -3: 0, at 3: 1
// second derivative: -3 < x < 3 ? 1/3 : 0                  at -3: 0, at 3: 0
// needs: nan hardswish
fn act_hardswish(x: f32) -> f32 {
    return math_hardswish(x);
}

fn act_hardswish_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_hardswish_slope(x)));
}

fn act_hardswish_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy * 0.333333343, x > -3.0 && x < 3.0));
}
