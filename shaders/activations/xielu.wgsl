// xielu: x > 0 ? alpha_p * x^2 + beta * x : alpha_n * (e^x - 1 - x) + beta * x
// derivative: x > 0 ? 2 * alpha_p * x + beta : alpha_n * (e^x - 1) + beta     at 0: beta
// by alpha_p: x > 0 ? x^2 : 0; by alpha_n: x > 0 ? 0 : e^x - 1 - x
// second derivative: x > 0 ? 2 * alpha_p : alpha_n * e^x                  at 0: alpha_n
// by alpha_p: x > 0 ? 2 * x : 0; by alpha_n: x > 0 ? 0 : e^x - 1
// needs: nan exp expm1_minus_x fence line square_slope

// math_scale throughout: a parameter of 0 takes its term away at infinity too.
fn act_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    // Where alpha_p and beta have opposite signs, the line has a zero.
    let positive = math_scale(x, math_line(x, alpha_p, 0.0, beta));
    // x^2 alone may be subnormal where its product with alpha_n is not.
    let near = (alpha_n * x) * (x * math_expm1_minus_x_near(x)) + beta * x;
    // The two terms in x joined: each alone may overflow.
    let far = math_scale(x, beta - alpha_n) + alpha_n * math_expm1(min(x, 0.0), 0.0);
    return math_keep_nan(x, select(select(near, far, x < -1.0), positive, x > 0.0));
}

// Far on the left alpha_n * e^x + (beta - alpha_n): where beta is near alpha_n, the difference is exact and
// the tail is kept.
fn act_xielu_backward(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = clamp(x, -174.0, 0.0);
    let near = alpha_n * math_expm1(bounded, 0.0) + beta;
    let far = math_times_exp(alpha_n, bounded, 0.0) + (beta - alpha_n);
    // The factor 2 is kept from x, which it could overflow: a compiler moves constants through products.
    let twice = math_fence(2.0 * alpha_p, bitcast<u32>(x) & 0x80000000u);
    let positive = math_line(x, twice, 0.0, beta);
    return math_keep_nan(x, math_scale(dy, select(select(near, far, x < -1.0), positive, x > 0.0)));
}

fn act_xielu_backward_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(0.0, x * x, x > 0.0)));
}

fn act_xielu_backward_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = select(x, 0.0, x > 0.0);
    return math_keep_nan(x, math_scale(dy, math_expm1_minus_x(bounded)));
}

fn act_xielu_second(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let left = math_times_exp(alpha_n, clamp(x, -174.0, 0.0), 0.0);
    return math_keep_nan(x, math_scale(dy, select(left, 2.0 * alpha_p, x > 0.0)));
}

fn act_xielu_second_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_positive_square_slope(x, dy);
}

fn act_xielu_second_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(math_expm1(clamp(x, -174.0, 0.0), 0.0), 0.0, x > 0.0)));
}
