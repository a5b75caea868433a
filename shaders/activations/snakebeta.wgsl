// snakebeta: x + sin(alpha * x)^2 / b, where b = beta + 1e-9
// derivative: 1 + alpha / b * sin(2 * alpha * x)
// by alpha: x * sin(2 * alpha * x) / b; by beta: -sin(alpha * x)^2 / b^2
// second derivative: 2 * alpha^2 / b * cos(2 * alpha * x)
// needs: divide fence half_inverse nan sum_error versine

// As snake: 1 / (2 b) comes in two words from the host.
fn act_snakebeta(x: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    let parts = math_versine(x, alpha, 0);
    let tail = half_inverse_high * parts.y + half_inverse_low * (parts.x + parts.y);
    return math_keep_nan(x, (x + half_inverse_high * parts.x) + tail);
}

// Where only the GPU knows both: 1 / (2 b) in two words, alpha / b, and 1 less its size. 1e-9 is 9.99999972e-10 + 2.82819309e-17.
fn act_snakebeta_derive(alpha: f32, beta: f32) -> array<f32, 4> {
    let zero = bitcast<u32>(beta * beta) & 0x80000000u; // no square is negative
    let sum = math_fence(beta + 9.99999972e-10, zero);
    let lost = math_sum_error(beta, 9.99999972e-10, sum, zero) + 2.82819309e-17;
    let half = math_half_inverse(sum);
    let half_low = half.y - half.x * math_divide(lost, sum);
    let ratio = 2.0 * (alpha * half.x + alpha * half_low);
    let difference = math_fence(abs(sum) - abs(alpha), zero) + select(lost, -lost, sum < 0.0);
    return array<f32, 4>(half.x, half_low, ratio, 2.0 * (abs(half.x) * difference));
}

fn act_snakebeta_backward(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_one_and_sine(x, alpha, ratio, rest)));
}

// The size of alpha * x, and alpha * x / b: where the sine is its angle, it may be subnormal where its product with 1 / b is not.
fn act_snakebeta_first(x: f32, alpha: f32, half_inverse_high: f32) -> vec2<f32> {
    let angle = alpha * x;
    return vec2<f32>(abs(angle), angle * (2.0 * half_inverse_high));
}

fn act_snakebeta_backward_alpha(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    let derivative = math_scale(x, math_double_sine(x, alpha, 0)) * (2.0 * half_inverse_high);
    let first = act_snakebeta_first(x, alpha, half_inverse_high);
    return math_keep_nan(x, math_scale(dy, select(derivative, (2.0 * x) * first.y, first.x < 0.00006103515625))); // 2^-14
}

fn act_snakebeta_backward_beta(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    let parts = math_versine(x, alpha, 0);
    let derivative = ((parts.x + parts.y) * half_inverse_high) * (-2.0 * half_inverse_high);
    let first = act_snakebeta_first(x, alpha, half_inverse_high);
    return math_keep_nan(x, math_scale(dy, select(derivative, -first.y * first.y, first.x < 0.00006103515625))); // 2^-14
}

// 2 * alpha^2 / b * cos(2 * alpha * x)
fn act_snakebeta_second(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, (2.0 * alpha * ratio) * math_double_sine(x, alpha, 1)));
}

// (sin(z) + z * cos(z)) / b with z = 2 * alpha * x: near 0, 2 z / b. As in snake, z is held where it has no digits.
fn act_snakebeta_second_alpha(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    let angle = alpha * x;
    let cosine = math_double_sine(x, alpha, 1);
    let sum = math_double_sine(x, alpha, 0) + (2.0 * clamp(angle, -1e30, 1e30)) * cosine;
    let derivative = select(2.0 * half_inverse_high * sum, (4.0 * ratio) * x, abs(angle) < 0.00006103515625); // 2^-14
    return math_keep_nan(x, math_scale(dy, derivative));
}

// -alpha / b^2 * sin(2 * alpha * x)
fn act_snakebeta_second_beta(x: f32, dy: f32, alpha: f32, beta: f32, half_inverse_high: f32, half_inverse_low: f32, ratio: f32, rest: f32) -> f32 {
    let derivative = (2.0 * half_inverse_high) * math_double_sine(x, alpha, 0);
    let first = (2.0 * ratio) * x;
    return math_keep_nan(x, math_scale(dy, -ratio * select(derivative, first, abs(alpha * x) < 0.00006103515625))); // 2^-14
}
