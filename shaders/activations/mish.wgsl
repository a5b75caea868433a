// mish: x * tanh(log(1 + exp(x)))
// derivative: t + x * (1 - t^2) * s(x), t = tanh(log(1 + exp(x)))
// second derivative: 4 * u * (2 * (1 + u) * d + x * (2 + 2 * u - 3 * u^2 - 2 * u^3)) / d^3, u = exp(x), d = u^2 + 2 * u + 2
// needs: nan mish divide power
fn act_mish(x: f32) -> f32 {
    return math_mish(x);
}

fn act_mish_backward(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_mish_slope(x)));
}

// With e = exp(-abs(x)): for x < 0, e (2 + x + e (4 + x + e (1.5 (2 - x) + e (1 - x)))) / (1 + k + k^2 / 2)^3 with k = e; for x > 0,
// 8 e^2 (1 - x + e (1.5 (2 - x) + e (4 + x + e (2 + x)))) over the same with k = 2 e. The cube is expanded, since it triples errors. e = 2^n (1 + w)
// comes last into products and sums: its own rounding would be one more in each.
fn act_mish_second(x: f32, dy: f32) -> f32 {
    let a = min(abs(x), 110.0);
    let power = math_power(-a, 0.0);
    let half = power.bits >> 1u;
    let first = math_shift(1.0, half);
    let second = math_shift(1.0, power.bits - half);
    let w = math_exp_near(0.0, power.rest);
    let s = first * second;
    let e = s + s * w;
    let positive = x > 0.0;
    let c0 = select(2.0, 1.0, positive) - a;
    let c1 = select(1.0, 1.5, positive) * (select(4.0, 2.0, positive) - a);
    let c2 = select(1.5, 1.0, positive) * (select(2.0, 4.0, positive) + a);
    let c3 = select(1.0, 2.0, positive) + a;
    let above = s * (c1 + e * (c2 + e * c3));
    let k = select(e, 2.0 * e, positive);
    let below = select(s, 2.0 * s, positive)
        * (3.0 + k * (4.5 + k * (4.0 + k * (2.25 + k * (0.75 + k * 0.125)))));
    let quotient = math_quotient((c0 + above) + above * w, (1.0 + below) + below * w);
    let once = quotient + quotient * w;
    let twice = 8.0 * s * (once + once * w);
    return math_keep_nan(x, math_scale(dy, (first * select(once, twice, positive)) * second));
}
