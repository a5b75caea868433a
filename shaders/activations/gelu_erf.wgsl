// gelu_erf: x * Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2
// derivative: Phi(x) + x * phi(x), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
// needs: nan divide exp split fence

// y * exp(-a^2 / 2) for a from 0 to 15. a^2 needs 48 bits: half of it is taken as the square of a's first 12
// bits, and the rest.
fn act_gelu_erf_times_gaussian(y: f32, a: f32) -> f32 {
    let high = math_high(a);
    let low = math_low(a, high);
    return math_times_exp(y, -0.5 * (high * high), -0.5 * (low * (a + high)));
}

// For a = abs(x), a * Phi(-a) = exp(-a^2 / 2) * W / (kappa * W + T), with W = a * N(a) and kappa = sqrt(2
// pi). Then x minus that, or that with its sign changed: nothing cancels. N's rounding errors vanish where W
// is large.
fn act_gelu_erf(x: f32) -> f32 {
    // Beyond 15 the product rounds to 0.
    let a = select(abs(x), 15.0, abs(x) > 15.0);
    // T = 2 + a t and N = 1 + a n on [0, 14.5], relative error of the tail 2^-27.3 (minimax.py: gelu_erf). Both
    // sums come last, where a is small.
    let n = 1.08494985 + a * (0.56528461 + a * (0.1704849 + a * (0.0297620501 + a * 0.00248364685)));
    let t = 1.25904036 + a * (0.415574074 + a * (0.0745713115 + a * 0.00622619176));
    let w = a + a * a * n;
    let tail = act_gelu_erf_times_gaussian(math_quotient(w, 2.0 + (2.50662827 * w + a * t)), a);
    return math_keep_nan(x, select(-tail, x - tail, x > 0.0));
}

// The derivative at -a is exp(-a^2 / 2) * (zero - a) * P((a - 2.5) / (a + 2.5)), with its zero in two words.
// Then 1 minus that for x > 0.
fn act_gelu_erf_backward(x: f32, dy: f32) -> f32 {
    let a = select(abs(x), 15.0, abs(x) > 15.0);
    let z = math_quotient(a - 2.5, a + 2.5);
    // P for a on [0, 14.5], relative error 2^-27.1, and its zero (minimax.py: gelu_erf_slope, gelu_erf_zero).
    let p = 0.489658058 + z * (-0.12899442 + z * (0.0447643027 + z * (-0.00450658565 + z * (-0.00272742915
        + z * (0.000452056003 + z * (0.000366757158 + z * (-8.06343724e-6
        + z * (-5.31434089e-5 + z * -1.24324079e-5))))))));
    let zero = bitcast<u32>(z) & 0x40000000u; // abs(z) < 2
    let distance = math_fence(0.751791537 - a, zero);
    // The zero's low word, and what the difference lost for small a.
    let lost = math_fence(0.751791537 - distance, zero) - a;
    let rest = math_fence(lost, zero) - 1.21144499e-8;
    let tail = act_gelu_erf_times_gaussian(distance * p + rest * math_fence(p, zero), a);
    return math_keep_nan(x, math_scale(dy, select(tail, 1.0 - tail, x > 0.0)));
}
