// snake: x + sin(alpha * x)^2 / alpha
// derivative: 1 + sin(2 * alpha * x)
// second derivative: 2 * alpha * cos(2 * alpha * x)
// needs: half_inverse nan snake_alpha versine

// 1 / (2 * alpha) comes in two words from the host. x and the constant part of 1 - cos(2 * alpha * x) are
// added first: for negative alpha * x they cancel, and that sum is exact there.
fn act_snake(x: f32, alpha: f32, half_inverse_high: f32, half_inverse_low: f32) -> f32 {
    let parts = math_versine(x, alpha, 0);
    let rest = half_inverse_high * parts.y + half_inverse_low * (parts.x + parts.y);
    return math_keep_nan(x, (x + half_inverse_high * parts.x) + rest);
}

// Where only the GPU knows alpha.
fn act_snake_derive(alpha: f32) -> array<f32, 2> {
    let half_inverse = math_half_inverse(alpha);
    return array<f32, 2>(half_inverse.x, half_inverse.y);
}

fn act_snake_backward(x: f32, dy: f32, alpha: f32, half_inverse_high: f32, half_inverse_low: f32) -> f32 {
    let parts = math_versine(x, alpha, 1);
    return math_keep_nan(x, math_scale(dy, parts.x + parts.y));
}

fn act_snake_backward_alpha(x: f32, dy: f32, alpha: f32, half_inverse_high: f32, half_inverse_low: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_snake_alpha(x, alpha, half_inverse_high)));
}

// 2 * alpha * cos(2 * alpha * x)
fn act_snake_second(x: f32, dy: f32, alpha: f32, half_inverse_high: f32, half_inverse_low: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, (2.0 * alpha) * math_double_sine(x, alpha, 1)));
}

// 2 * x * cos(2 * alpha * x). Where x is held, the angle has no digits: so the result stays finite.
fn act_snake_second_alpha(x: f32, dy: f32, alpha: f32, half_inverse_high: f32, half_inverse_low: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, (2.0 * clamp(x, -1e30, 1e30)) * math_double_sine(x, alpha, 1)));
}
