// The normal distribution function Phi(z), z = high + low in two words. Error 4.6 ULP, far left too. As in
// gelu_erf.wgsl: exp(-a^2 / 2) q at -a. What is lost of a takes itself times the density off, last of all: taken off q, which rounds once
// more, it is 5.2.
// needs: divide fence gelu_erf product

fn math_normal(z: MathProduct) -> f32 {
    let zero = bitcast<u32>(z.high * z.high) & 0x80000000u; // no square is negative
    let sum = math_fence(z.high + z.low, zero);
    let lost = (z.high - sum) + z.low;
    // Here the result is subnormal, and the power of two, 2^-127, comes out as 0.
    let a = min(abs(sum), 13.27);
    let low = select(lost, -lost, sum < 0.0);
    let gaussian = math_gelu_erf_gaussian(a, 1.0);
    let fit = math_gelu_erf_polynomials(a);
    let w = 1.0 + a * fit.n;
    let q = math_quotient(w, 2.0 + a * (2.50663376 * w + fit.t));
    let off = 0.39894228 * low; // 1 / sqrt(2 pi)
    let tail = gaussian.scale * (q + (q * gaussian.tail - (off + off * gaussian.tail)));
    return select(tail, 1.0 - tail, sum > 0.0);
}
