// xielu: x > 0 ? alpha_p * x^2 + beta * x : alpha_n * (e^x - 1 - x) + beta * x
// derivative: x > 0 ? 2 * alpha_p * x + beta : alpha_n * (e^x - 1) + beta     at 0: beta
// by alpha_p: x > 0 ? x^2 : 0; by alpha_n: x > 0 ? 0 : e^x - 1 - x
// second derivative: x > 0 ? 2 * alpha_p : alpha_n * e^x                  at 0: alpha_n
// by alpha_p: x > 0 ? 2 * x : 0; by alpha_n: x > 0 ? 0 : e^x - 1
// needs: nan exp expm1_minus_x scale_exp square_slope wide_product xielu xielu_slope

fn act_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_xielu(x, alpha_p, alpha_n, beta);
}

fn act_xielu_backward(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let slope = select(math_xielu_left_slope(x, alpha_n, beta), math_wide_line(x, 2.0 * alpha_p, beta), x > 0.0);
    return math_keep_nan(x, math_scale(dy, slope));
}

fn act_xielu_backward_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(0.0, x * x, x > 0.0)));
}

fn act_xielu_backward_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = select(x, 0.0, x > 0.0);
    return math_keep_nan(x, math_scale(dy, math_expm1_minus_x(bounded)));
}

fn act_xielu_second(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale_exp_left(dy, alpha_n, x, 2.0 * alpha_p));
}

fn act_xielu_second_alpha_p(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_positive_square_slope(x, dy);
}

fn act_xielu_second_alpha_n(x: f32, dy: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, select(math_expm1(clamp(x, -174.0, 0.0), 0.0), 0.0, x > 0.0)));
}
