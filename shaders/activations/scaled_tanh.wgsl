// scaled_tanh: alpha * tanh(beta * x)
// derivative: alpha * beta * (1 - tanh(beta * x)^2)
// second derivative: -2 * alpha * beta^2 * tanh(beta * x) * (1 - tanh(beta * x)^2)
// needs: fence nan product tanh tanh_slope

// Where beta * x is so small that the result rounds to alpha * beta * x, it may also be too small for a normal number.
fn act_scaled_tanh(x: f32, alpha: f32, beta: f32, slope: f32, slope_low: f32, ratio: f32) -> f32 {
    let argument = math_product(x, beta);
    let z = argument.high + argument.low;
    let line = x * slope + x * slope_low;
    return math_keep_nan(x, select(alpha * math_tanh(z), line, abs(z) < 0.0001220703125)); // 2^-13
}

fn act_scaled_tanh_backward(x: f32, dy: f32, alpha: f32, beta: f32, slope: f32, slope_low: f32, ratio: f32) -> f32 {
    let argument = math_product(x, beta);
    let low = select(argument.low, -argument.low, argument.high < 0.0);
    return math_keep_nan(x, math_scale(dy, math_times_tanh_slope(slope, abs(argument.high), low)));
}

// beta / alpha * (alpha - y) (alpha + y): the difference is exact beside its zero.
fn act_scaled_tanh_backward_from_output(y: f32, dy: f32, alpha: f32, beta: f32, slope: f32, slope_low: f32, ratio: f32) -> f32 {
    return math_keep_nan(y, math_scale(dy, ((alpha - y) * ratio) * (alpha + y)));
}

// -2 alpha beta^2 tanh(z) (1 - tanh(z)^2) with z = beta * x. Where that is -2 alpha beta^2 z, z may be too small for a normal number: if
// beta is below 1, it comes last.
fn act_scaled_tanh_second(x: f32, dy: f32, alpha: f32, beta: f32, slope: f32, slope_low: f32, ratio: f32) -> f32 {
    let argument = math_product(x, beta);
    let negative = argument.high < 0.0;
    let y = -2.0 * slope * beta;
    let bend = math_times_tanh_bend(select(y, -y, negative), abs(argument.high), select(argument.low, -argument.low, negative));
    let zero = bitcast<u32>(beta * beta) & 0x80000000u; // no square is negative
    let steep = abs(beta) >= 1.0;
    let line = math_fence(x * select(y, beta, steep), zero) * select(beta, y, steep);
    return math_keep_nan(x, math_scale(dy, select(bend, line, abs(argument.high) < 0.00006103515625))); // 2^-14
}
