// exp(scale * (x - top) + low) for x <= top, minus infinity included, scale from 2^-100 to 2^100, and low of at most 0.13, what x and top have
// lost (0, if they are exact): nothing overflows, and all digits are right
// however far apart x and top are. Their difference is rounded, and so is its product with the scale, each of which may be 32 ULP of the
// result: what they lose goes with the exponent. Error 1.1 ULP. For x above top the same while the result is in range, and infinity
// beyond. Anything where top is infinite, too.
// needs: exp fence product sum_error

fn math_exp_difference(x: f32, top: f32, scale: f32, low: f32) -> f32 {
    let zero = bitcast<u32>(x * x) & 0x80000000u; // no square is negative
    let difference = clamp(math_fence(x - top, zero), -3.4028234663852886e38, 3.4028234663852886e38);
    let lost = math_sum_error(x, -top, difference, zero);
    // As math_product does it, but that both factors' signs are known, and that small products need no digits.
    let difference_high = math_truncate(difference);
    let scale_high = math_truncate(scale);
    let high = clamp(difference_high * scale_high, -174.0, 174.0);
    let rest = math_low(difference, difference_high) * scale_high + difference * math_low(scale, scale_high);
    return math_times_exp(1.0, high, select(0.0, (rest + scale * lost) + low, abs(high) < 174.0));
}
