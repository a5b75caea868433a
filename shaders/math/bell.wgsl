// y * exp(-z^2 / 2) for any y, z = high + low in two words. Error 2.1 ULP, where y is 1, 1.2. Exactly 0 from z = 18.6 on, where
// exp(-173) is 0 for every y up to 1e29.
// needs: exp product split

fn math_bell(y: f32, z: MathProduct) -> f32 {
    let out = abs(z.high) >= 18.6;
    let a = select(z.high, 0.0, out);
    // z^2 needs 48 bits: the square of its first 12 bits, halved, is exact.
    let high = math_high(a);
    let low = (a - high) + select(z.low, 0.0, out);
    let result = math_times_exp(y, -0.5 * (high * high), -low * (high + 0.5 * low));
    return select(result, 0.0, out);
}
