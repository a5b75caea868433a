// log(1 - exp(-x)), and the two that it is made of. Error of the logarithm 2.1 ULP for every x; minus infinity at 0, and NaN below it.
// needs: beyond exp log power

// exp(-x) and 1 - exp(-x) for x >= 0 (for others, nothing that counts), of one exponential. The second is a sum that only its end rounds, and
// x where that is small, which may be subnormal; the first is a product: a term of a sum could be subnormal, and flushed, where the sum is
// not.
fn math_exp_and_rest(x: f32) -> vec2<f32> {
    let power = math_power(max(-x, -174.0), 0.0);
    let half = power.bits >> 1u;
    let s = math_shift(1.0, half) * math_shift(1.0, power.bits - half);
    let r = power.rest;
    let near = r + (r * r) * math_exp_bend(r);
    return vec2<f32>(s * (1.0 + near), select((1.0 - s) - s * near, x, x < 2.98023224e-8)); // 2^-25
}

// With e = exp(-x): up to log(2), where 1 - e is at most 1/2, its logarithm. Beyond, log(1 + f) with f = -e, and where that is below the
// polynomial's domain, log(2 - 2 e) less log(2): both f are exact.
fn math_log1mexp(x: f32) -> f32 {
    let parts = math_exp_and_rest(x);
    let e = parts.x;
    let small = parts.y < 1.17549435e-38;
    let scaled = math_log_parts(parts.y * select(1.0, 16777216.0, small)); // 2^24
    let near = MathLogParts(scaled.exponent - select(0.0, 24.0, small), scaled.f);
    let middle = e > 0.29289323; // 1 - sqrt(1/2)
    let close = e > 0.5;
    let exponent = select(select(0.0, -1.0, middle), near.exponent, close);
    let f = select(select(-e, 1.0 - 2.0 * e, middle), near.f, close);
    let result = math_log_sum(MathLogParts(exponent, f), 0.0);
    let end = select(math_undefined(x), -math_infinity(abs(x)), x == 0.0);
    return select(end, result, x > 0.0);
}
