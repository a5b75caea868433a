// softsign: x / (1 + abs(x))
// derivative: 1 / (1 + abs(x))^2
// needs: nan divide
fn act_softsign(x: f32) -> f32 {
    // From 2^26 on the result is 1 to the last bit, at infinity too.
    let bounded = select(select(x, 67108864.0, x > 67108864.0), -67108864.0, x < -67108864.0);
    return math_keep_nan(x, math_quotient(bounded, 1.0 + abs(bounded)));
}

fn act_softsign_backward(x: f32, dy: f32) -> f32 {
    // The square is expanded: squaring the rounded 1 + abs(x) would double its error. Beyond 2^63 the
    // derivative is below 2^-126.
    let magnitude = abs(x);
    let near = magnitude <= 9.22337204e18;
    let bounded = select(0.0, magnitude, near);
    let derivative = select(0.0, math_quotient(1.0, 1.0 + bounded * (2.0 + bounded)), near);
    return math_keep_nan(x, math_scale(dy, derivative));
}

// 1 - abs(y) is 1 / (1 + abs(x)), exact from 1/2 on; below, the expanded square is more accurate.
fn act_softsign_backward_from_output(y: f32, dy: f32) -> f32 {
    let magnitude = abs(y);
    let rest = 1.0 - magnitude;
    let derivative = select(1.0 - magnitude * (2.0 - magnitude), rest * rest, magnitude > 0.25);
    return math_keep_nan(y, math_scale(dy, derivative));
}
