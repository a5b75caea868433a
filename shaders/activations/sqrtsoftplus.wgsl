// sqrtsoftplus: sqrt(log(1 + exp(x)))
// derivative: s(x) / (2 * sqrt(log(1 + exp(x))))
// second derivative: s(x) / (2 * r) * (s(-x) - s(x) / (2 * r^2)), r = sqrt(log(1 + exp(x)))
// needs: nan divide exp log1p_quotient sqrt

// w = exp(-abs(x) / 2), and a root: of softplus for x > 0, else of softplus over exp(x), which is near 1. Far left the function goes as
// exp(x / 2), where softplus itself is long 0.
struct ActSqrtsoftplus {
    w: f32,
    e: f32,
    root: f32,
}

fn act_sqrtsoftplus_parts(x: f32) -> ActSqrtsoftplus {
    let w = math_exp(-0.5 * min(abs(x), 210.0));
    let e = w * w;
    let q = math_log1p_quotient(e);
    return ActSqrtsoftplus(w, e, math_sqrt(select(q, x + e * q, x > 0.0)));
}

fn act_sqrtsoftplus(x: f32) -> f32 {
    let parts = act_sqrtsoftplus_parts(x);
    return math_keep_nan(x, select(parts.root * parts.w, parts.root, x > 0.0));
}

// 1 / (2 (1 + e) root), times w on the left.
fn act_sqrtsoftplus_backward(x: f32, dy: f32) -> f32 {
    let infinite = x > 3.4028234663852886e38;
    let parts = act_sqrtsoftplus_parts(select(x, 1.0, infinite));
    let quotient = math_quotient(0.5, parts.root + parts.root * parts.e);
    let derivative = quotient * select(parts.w, 1.0, x > 0.0);
    return math_keep_nan(x, math_scale(dy, select(derivative, 0.0, infinite)));
}

// (1 - exp(-y^2)) / (2 y), near 0 its series.
fn act_sqrtsoftplus_backward_from_output(y: f32, dy: f32) -> f32 {
    let infinite = y > 3.4028234663852886e38;
    let bounded = select(y, 1.0, infinite || y == 0.0);
    let square = bounded * bounded;
    let far = math_quotient(-0.5 * math_expm1(-square, 0.0), bounded);
    let near = 0.5 * y - (0.25 * y) * (y * y);
    let derivative = select(select(far, near, y < 0.015625), 0.0, infinite); // 2^-6
    return math_keep_nan(y, math_scale(dy, derivative));
}

// With e = exp(-abs(x)), and S = softplus for x > 0, else S = softplus over exp(x): (2 e S - 1) / (4 (1 + e)^2 S sqrt(S)) on the right,
// (2 S - 1) / (the same) times exp(x / 2) on the left, where e is its square. From 2^84 on it is 0: S sqrt(S) leaves the range of f32.
fn act_sqrtsoftplus_second(x: f32, dy: f32) -> f32 {
    let out = x > 1.93428131e25;
    let bounded = select(x, 1.0, out);
    let positive = bounded > 0.0;
    let w = math_exp(select(0.5 * max(bounded, -210.0), -min(bounded, 105.0), positive));
    let e = select(w * w, w, positive);
    let q = math_log1p_quotient(e);
    let s = select(q, bounded + e * q, positive);
    let power = math_sqrt(s) * s;
    let quotient = math_quotient((0.5 * select(1.0, e, positive)) * s - 0.25, power + power * (e * (2.0 + e)));
    let derivative = quotient * select(w, 1.0, positive);
    return math_keep_nan(x, math_scale(dy, select(derivative, 0.0, out)));
}
