// 16 bits: as ../xielu.wgsl, to base 2. On the left an absolute error of 1.3 * 2^-24 of alpha_n. (The builtin exp would do for an alpha_n up
// to 1 only: beside a zero its error is all there is.) A NaN comes back through products.
// needs: fence sum_error wide_product

// B in 2^f = 1 + f ln 2 + f^2 B(f) for f from -0.7505 to 0.2505, relative error 2^-22.99 (minimax.py: short_xielu, short_xielu_ln2).
fn math_xielu_bend(f: f32) -> f32 {
    return 0.240226492 + f * (0.0555043779 + f * (0.0096192304 + f * (0.00132910931 + f * 0.000136437753)));
}

fn math_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let bounded = clamp(x, -40.0, 0.0);
    // The sum is a multiple of a half, which the mask clears: n is 0 down to -0.52.
    let bits = bitcast<u32>(bounded * 1.44269502 + 6291456.5) & 0x4afffffeu;
    let f = bounded * 1.44269502 - (bitcast<f32>(bits) - 6291456.0);
    let scaled = alpha_n * bitcast<f32>(0x3f800000u + (bits << 22u));
    let bend = f * math_xielu_bend(f);
    let factor = select(beta + (alpha_n * 1.44269502) * bend, math_wide_line(x, alpha_p, beta), x > 0.0);
    let none = alpha_p == 0.0 && beta == 0.0 && math_is_infinite(x);
    // Where beta is the larger one, nothing cancels, and slope_low need not be right.
    let zero = bitcast<u32>(alpha_n * alpha_n) & 0x80000000u; // no square is negative
    let slope = math_fence(beta - alpha_n, zero);
    let line = math_wide_product(x, slope, beta - math_fence(slope + alpha_n, zero));
    let sum = math_fence(line.first + (scaled - alpha_n), zero);
    let far = sum + (line.rest + (scaled * f) * (0.693147182 + bend));
    return select(far, select(x * factor, 0.0, none), bits == 0x4ac00000u);
}
