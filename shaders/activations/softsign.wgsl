// softsign: x / (1 + abs(x))
// derivative: 1 / (1 + abs(x))^2
// second derivative: x > 0 ? -2 / (1 + x)^3 : x < 0 ? 2 / (1 - x)^3 : 0       at 0: 0
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

// Both sides of the quotient are times 1/4, which keeps the divisor in range. From 5.6e12 on the result is below 2^-126.
fn act_softsign_second(x: f32, dy: f32) -> f32 {
    let magnitude = abs(x);
    let near = magnitude < 5.6e12;
    let bounded = select(0.0, magnitude, near);
    let quotient = math_quotient(0.5, 0.25 + bounded * (0.75 + bounded * (0.75 + 0.25 * bounded)));
    let bend = select(0.0, select(quotient, -quotient, x > 0.0), near && x != 0.0);
    return math_keep_nan(x, math_scale(dy, bend));
}
