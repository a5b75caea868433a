// 16 bits: as ../xielu.wgsl. On the left an absolute error of 1.3 * 2^-24 of alpha_n. (The builtin exp would do for an alpha_n up to 1
// only: beside a zero its error is all there is.) One sum serves both sides, so that its terms are chosen, not its results. x has no more
// than 12 bits: its product with a slope's first 12 is exact. A NaN comes back through products.
//
// Rejected: the polynomial shorter by a term, by which the result is 2^-22.9 off at -0.35 even where n is rounded to nearest.
// needs: fence slope_high split

// B in exp(r) = 1 + r + r^2 B(r) for r from -0.521 to 0.1738, relative error 2^-22.98 (minimax.py: short_xielu).
fn math_xielu_bend(r: f32) -> f32 {
    return 0.49999997 + r * (0.166667491 + r * (0.0416714624 + r * (0.00830658805 + r * 0.00122979621)));
}

// The bits of the infinite x that counts as 0, or 0: a slope of 0 takes it away, on the right only without an offset. (Without any
// parameter that is the one on the right. On the left x is not used, then.)
fn math_xielu_held(left: bool, right: bool) -> u32 {
    return select(select(0u, 0xff800000u, left), 0x7f800000u, right);
}

fn math_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    let depth = min(max(-x, 0.0), 40.0); // of a NaN 0 or NaN, not 40: NaN is left where all parameters are 0, too
    // The sum is a multiple of a half, which the mask clears: n is 0 down to -0.52. ln 2 in one word (minimax.py: short_xielu_ln2).
    let bits = bitcast<u32>(6291456.5 - depth * 1.44269502) & 0x4afffffeu;
    let r = (6291456.0 - bitcast<f32>(bits)) * 0.693147182 - depth;
    let scaled = alpha_n * bitcast<f32>(0x3f800000u + (bits << 22u));
    let bend = r * math_xielu_bend(r); // 0 on the right, as is r
    let right = x > 0.0;
    let near = bits == 0x4ac00000u;
    let zero = bitcast<u32>(alpha_n * alpha_n) & 0x80000000u; // no square is negative
    let slope = math_fence(beta - alpha_n, zero);
    let slope_high = math_slope_high(slope);
    // Where beta is the larger one, nothing cancels, and what the slope lost need not be right.
    let slope_low = (slope - slope_high) + (beta - math_fence(slope + alpha_n, zero));
    // As math_slope_high, but of a slope of 0, where it is not used.
    let square_high = math_truncate(bitcast<f32>(bitcast<u32>(alpha_p) - 1u));
    let none = alpha_p == 0.0 && beta == 0.0;
    let held = select(x, 0.0, bitcast<u32>(x) == math_xielu_held(slope == 0.0, none));

    let high = select(slope_high, square_high, right);
    let low = select(slope_low, alpha_p - square_high, right);
    let offset = select(scaled - alpha_n, beta, right);
    let grown = scaled * r;
    let line = math_fence(held * high + offset, zero) + ((held * low + grown) + grown * bend);
    let is_bend = (near && (!right || alpha_p == 0.0)) || (none && slope == 0.0);
    let factor = select(line, beta + alpha_n * bend, is_bend);
    return select(factor, held * factor, near);
}
