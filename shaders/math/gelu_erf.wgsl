// x * Phi(x) and its derivative, for every x but NaN, which the first passes on.
// needs: divide nan power

// exp(-a^2 / 2) as scale (1 + tail), for a from 0 to 14.6. The scale is a power of two, and has a factor that keeps it normal.
struct MathGaussian {
    scale: f32,
    tail: f32,
}

// a^2 needs 48 bits: it is the square of a's first 12 bits, exactly, and the rest. The polynomial is in r = a^2 + n 2 ln 2, of which the
// rest is part: no logarithm is halved.
fn math_gelu_erf_gaussian(a: f32, factor: f32) -> MathGaussian {
    let high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
    let square = high * high;
    let sum = bitcast<u32>(square * -0.72134751 + 12582912.0);
    let bits = sum & 0x4bffffffu;
    let n = bitcast<f32>(bits) - 12582912.0;
    // 2 ln 2 in two words, as in math_power (minimax.py: exp_2ln2).
    let difference = bitcast<f32>(bitcast<u32>(n * 1.38671875 + square) | (sum & 0x80000000u));
    let r = (a - high) * (a + high) + (difference - n * 0.000424388883);
    // (exp(-r / 2) - 1) / r on [-0.694, 0.81], relative error of exp 2^-26.67 (minimax.py: gaussian).
    let tail = r * (-0.50000006 + r * (0.125 + r * (-0.0208328608
        + r * (0.002604465 + r * (-0.000261847279 + r * 2.10797516e-5)))));
    return MathGaussian(math_shift(factor, bits), tail);
}

// For a from 0 to 13.42, Phi(-a) = exp(-a^2 / 2) * W / (kappa * a * W + T), with W = 1 + a n(a), T = 2 + a t(a) and kappa = sqrt(2 pi).
struct MathGeluErf {
    n: f32,
    t: f32,
}

// Relative error of Phi 2^-25.63 (minimax.py: gelu_erf).
fn math_gelu_erf_polynomials(a: f32) -> MathGeluErf {
    return MathGeluErf(
        0.916881919 + a * (0.396516114 + a * (0.0914440379 + a * 0.00975363515)),
        0.922900617 + a * (0.231099159 + a * 0.0243650079),
    );
}

// a * Phi(-a) * exp(a^2 / 2), for a from 0 to 13.42. n's rounding errors vanish where W is large.
fn math_gelu_erf_share(a: f32) -> f32 {
    let fit = math_gelu_erf_polynomials(a);
    let w = a + (a * a) * fit.n;
    // Mesa adds 2 before the rest: 3.9 ULP, where it is 3.8 if 2 comes last, as it would in a difference, which is an operation more.
    return math_quotient(w, 2.0 + (2.50663376 * w + a * fit.t));
}

// max(x, 0) minus a * Phi(-a) for a = abs(x): nothing cancels.
fn math_gelu_erf(x: f32) -> f32 {
    // At most 13.27, where the result is subnormal, and the power of two, 2^-127, comes out as 0. By bits, since llvmpipe asks of a float whether
    // it is NaN: 2 % of its time.
    let a = bitcast<f32>(min(bitcast<u32>(x) & 0x7fffffffu, 0x415451ecu));
    let gaussian = math_gelu_erf_gaussian(a, 1.0);
    let share = math_gelu_erf_share(a);
    return math_positive_part(x) - gaussian.scale * (share + share * gaussian.tail);
}

// The same by the exponential of the derivative, for kernels that have both. The eighth is last: of a small share it would be subnormal.
fn math_gelu_erf_beside_slope(x: f32) -> f32 {
    let a = min(abs(x), 13.42);
    let gaussian = math_gelu_erf_gaussian(a, 8.0);
    let share = math_gelu_erf_share(a);
    return math_positive_part(x) - 0.125 * (gaussian.scale * (share + share * gaussian.tail));
}

// The derivative at -a is exp(-a^2 / 2) * (zero - a) * P((a - 2.5) / (a + 2.5)). Then 1 minus that for x > 0. The second word of the zero,
// -1.2e-8, is a constant of its own, times P beside the zero. The product is an eighth, and the power of two 8 times as much, so that this is
// normal wherever the result is, and 0 at the bound.
fn math_gelu_erf_slope(x: f32) -> f32 {
    let a = min(abs(x), 13.42);
    let gaussian = math_gelu_erf_gaussian(a, 8.0);
    let z = math_quotient(a - 2.5, a + 2.5);
    // P for a on [0, 14.5], relative error 2^-27.1, and its zero (minimax.py: gelu_erf_slope, gelu_erf_zero, gelu_erf_zero_rest).
    let p = 0.489658058 + z * (-0.12899442 + z * (0.0447643027 + z * (-0.00450658565 + z * (-0.00272742915
        + z * (0.000452056003 + z * (0.000366757158 + z * (-8.06343724e-6
        + z * (-5.31434089e-5 + z * -1.24324079e-5))))))));
    let product = (0.0939739421 - 0.125 * a) * p - 8.66798244e-10;
    let tail = gaussian.scale * (product + product * gaussian.tail);
    return select(tail, 1.0 - tail, x > 0.0);
}
