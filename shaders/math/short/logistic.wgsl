// 16 bits: as ../logistic.wgsl, by the builtins. Relative error 2^-17 in f16's range and 2^-15 in bf16's, at the worst exp, exp2 and
// division that WGSL allows. A factor exp(-a) comes as the square of exp(-a / 2): x s(x) has normal results where exp(x) is subnormal.
// log2(e) / 2 is 0.72134752.
// needs: divide nan

fn math_logistic(high: f32, low: f32) -> f32 {
    // Not 1 / (1 + exp(-a)), which would divide by more than 2^126.
    let e = exp(min(high + low, 30.0));
    return math_quotient(e, 1.0 + e);
}

fn math_logistic_by(power: f32) -> f32 {
    let e = exp2(min(power, 43.0));
    return math_quotient(e, 1.0 + e);
}

// exp(a / 2), of which the square's products neither overflow nor vanish too early.
fn math_logistic_root(a: f32) -> f32 {
    return exp2(a * 0.72134752);
}

fn math_times_own_logistic(x: f32) -> f32 {
    let w = math_logistic_root(clamp(x, -110.0, 40.0));
    return (math_at_least(x, -110.0) * math_quotient(w, 1.0 + w * w)) * w;
}

fn math_times_logistic(x: f32, high: f32, low: f32) -> f32 {
    let size = abs(high + low);
    let w = math_logistic_root(-min(size, 148.0));
    let tail = select(math_quotient(x * w, 1.0 + w * w) * w, 0.0, size > 148.0);
    return select(tail, x - tail, high > 0.0);
}

// s (1 + a (1 - s)). Beside the zero, an absolute error of 2^-22.6.
fn math_logistic_product_slope(high: f32, low: f32) -> f32 {
    let a = clamp(high + low, -110.0, 40.0);
    let w = math_logistic_root(a);
    let r = math_quotient(1.0, 1.0 + w * w);
    return ((w * r) * (1.0 + a * r)) * w;
}

fn math_times_logistic_product_slope(y: f32, high: f32, low: f32) -> f32 {
    let a = clamp(high + low, -122.0, 40.0);
    let w = math_logistic_root(a);
    let r = math_quotient(1.0, 1.0 + w * w);
    return select(((y * (w * r)) * (1.0 + a * r)) * w, 0.0, high <= -122.0);
}

fn math_times_own_logistic_slope(x: f32) -> f32 {
    return math_logistic_product_slope(x, 0.0);
}

// Beside the zero, an absolute error of 2^-22.6.
fn math_times_own_logistic_bend(y: f32, high: f32, low: f32) -> f32 {
    let a = min(high + low, 174.0);
    let w = math_logistic_root(-a);
    let e = w * w;
    let r = math_quotient(1.0, 1.0 + e);
    return select((((y * w) * (r * r)) * (r * ((2.0 - a) + e * (2.0 + a)))) * w, 0.0, high >= 174.0);
}
