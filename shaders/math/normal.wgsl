// The normal distribution function Phi(z), z = high + low in two words, low at most 2^-20 of high or of 1. Error 3.5 ULP, far left too. As in
// gelu_erf.wgsl: exp(-a^2 / 2) q at -a. What low adds to a takes low times the density off.
// needs: gelu_erf product

fn math_normal(z: MathProduct) -> f32 {
    // Here the result is subnormal, and the power of two, 2^-127, comes out as 0.
    let a = min(abs(z.high), 13.27);
    let low = select(z.low, -z.low, z.high < 0.0);
    let gaussian = math_gelu_erf_gaussian(a, 1.0);
    let q = math_gelu_erf_quotient(1.0, a) - 0.39894228 * low; // 1 / sqrt(2 pi)
    let tail = gaussian.scale * (q + q * gaussian.tail);
    return select(tail, 1.0 - tail, z.high > 0.0);
}
