// log(1 - exp(-x)) and 1 - exp(-x). Error of the logarithm 2.6 ULP for every x; minus infinity at 0, and NaN below it.
// needs: beyond exp log power

// For x >= 0. Where x is small it is x, which may be subnormal.
fn math_one_less_exp(x: f32) -> f32 {
    return select(-math_expm1(-x, 0.0), x, x < 2.98023224e-8); // 2^-25
}

// With e = exp(-x): up to log(2), where 1 - e is at most 1/2, its logarithm. Beyond, log(1 + f) with f = -e, and where that is below the
// polynomial's domain, log(2 - 2 e) less log(2): both f are exact. e and 1 - e are of one exponential, in parts that only the sums round.
fn math_log1mexp(x: f32) -> f32 {
    let positive = select(x, 0.0, x < 0.0);
    let power = math_power(max(-positive, -174.0), 0.0);
    let half = power.bits >> 1u;
    let s = math_shift(1.0, half) * math_shift(1.0, power.bits - half);
    let r = power.rest;
    let rest = s * (r + (r * r) * math_exp_bend(r));
    let e = s + rest;
    let one_less = select((1.0 - s) - rest, positive, positive < 2.98023224e-8); // 2^-25
    let small = one_less < 1.17549435e-38;
    let scaled = math_log_parts(one_less * select(1.0, 16777216.0, small)); // 2^24
    let near = MathLogParts(scaled.exponent - select(0.0, 24.0, small), scaled.f);
    let middle = e > 0.29289323; // 1 - sqrt(1/2)
    let close = e > 0.5;
    let exponent = select(select(0.0, -1.0, middle), near.exponent, close);
    let f = select(select(-e, 1.0 - 2.0 * e, middle), near.f, close);
    let result = math_log_sum(MathLogParts(exponent, f), 0.0);
    let end = select(math_undefined(x), -math_infinity(abs(x)), x == 0.0);
    return select(end, result, x > 0.0);
}
