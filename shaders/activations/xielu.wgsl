// xielu: x > 0 ? alpha_p * x^2 + beta * x : alpha_n * (e^x - 1 - x) + beta * x
// derivative: x > 0 ? 2 * alpha_p * x + beta : alpha_n * (e^x - 1) + beta     at 0: beta
// by alpha_p: x > 0 ? x^2 : 0; by alpha_n: x > 0 ? 0 : e^x - 1 - x
// second derivative: x > 0 ? 2 * alpha_p : alpha_n * e^x                  at 0: alpha_n
// by alpha_p: x > 0 ? 2 * x : 0; by alpha_n: x > 0 ? 0 : e^x - 1
// needs: nan exp expm1_minus_x fence line power square_slope sum_error

// alpha_n * exp(x) = scaled + scaled * (exp(rest) - 1), of which scaled is exact. Terms of the size of alpha_n cancel with it on the left
// in value and derivative: they are joined first, exactly, and only what is left of the exponential is rounded.
fn act_xielu_scaled(alpha_n: f32, power: MathPower) -> f32 {
    let half = power.bits >> 1u;
    return (alpha_n * math_shift(1.0, half)) * math_shift(1.0, power.bits - half);
}

fn act_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let power = math_power(clamp(x, -174.0, 0.0), 0.0);
    let scaled = act_xielu_scaled(alpha_n, power);
    let r = power.rest;
    let zero = bitcast<u32>(r * r) & 0x80000000u; // no square is negative
    // Far on the left (beta - alpha_n) * x - alpha_n + alpha_n * e^x.
    let slope = math_fence(beta - alpha_n, zero);
    let slope_low = math_sum_error(beta, -alpha_n, slope, zero);
    let offset = math_fence(scaled - alpha_n, zero);
    let offset_low = math_sum_error(scaled, -alpha_n, offset, zero);
    let far_rest = scaled * (r + (r * r) * math_exp_bend(r)) + offset_low;
    // Nearer, and on the right, x times a line: beta + alpha_n / 2 * x, and beta + alpha_p * x.
    let near_rest = (alpha_n * x) * (x * math_expm1_minus_x_bend(x));
    let positive = x > 0.0;
    let far = x < -0.5;
    let line = math_line(
        x,
        select(select(0.5 * alpha_n, slope, far), alpha_p, positive),
        select(0.0, slope_low, far),
        select(beta, offset, far),
    );
    let sum = line + select(select(near_rest, far_rest, far), 0.0, positive);
    // A parameter of 0 takes its term away at infinity too.
    return math_keep_nan(x, select(math_scale(x, sum), sum, far));
}

fn act_xielu_backward(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = clamp(x, -174.0, 0.0);
    let power = math_power(bounded, 0.0);
    let scaled = act_xielu_scaled(alpha_n, power);
    let r = power.rest;
    let zero = bitcast<u32>(r * r) & 0x80000000u; // no square is negative
    let difference = math_fence(beta - alpha_n, zero);
    let sum = math_fence(scaled + difference, zero);
    let lost = math_sum_error(beta, -alpha_n, difference, zero) + math_sum_error(scaled, difference, sum, zero);
    let left_rest = scaled * ((r * r) * math_exp_bend(r)) + lost;
    // The factor 2 is kept from x, which it could overflow: a compiler moves constants through products.
    let twice = math_fence(2.0 * alpha_p, bitcast<u32>(x) & 0x80000000u);
    let positive = x > 0.0;
    let line = math_line(select(r, x, positive), select(scaled, twice, positive), 0.0, select(sum, beta, positive));
    let near = line + select(left_rest, 0.0, positive);
    // The tail, which is all there is where beta is alpha_n.
    let tail = math_times_exp(alpha_n, bounded, 0.0) + difference;
    return math_keep_nan(x, math_scale(dy, select(near, tail, x < -40.0)));
}

fn act_xielu_backward_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(0.0, x * x, x > 0.0)));
}

fn act_xielu_backward_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = select(x, 0.0, x > 0.0);
    return math_keep_nan(x, math_scale(dy, math_expm1_minus_x(bounded)));
}

fn act_xielu_second(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let left = math_scaled_exp(alpha_n, x);
    return math_keep_nan(x, math_scale(dy, select(left, 2.0 * alpha_p, x > 0.0)));
}

fn act_xielu_second_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_positive_square_slope(x, dy);
}

fn act_xielu_second_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(math_expm1(clamp(x, -174.0, 0.0), 0.0), 0.0, x > 0.0)));
}
