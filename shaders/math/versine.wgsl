// 1 - cos(2 * x * factor + quarter * pi/2) as the sum of two terms: a constant 0, 1 or 2, and the rest of at
// most 1 in size. The caller adds them last, or spreads them over a sum, so that no rounding comes in between.
// quarter = 0 gives 2 * sin(x * factor)^2; quarter = 1 gives 1 + sin(2 * x * factor).
// Domain: all x and factor. The sum is within 2.3 ULP for abs(x * factor) <= 1600, beside its zeros too (there
// or within an absolute 2^-40). Beyond, the angle loses its digits as a rounded product does, and from 5e6 it
// counts as 0. Always within [0, 2].
// The product is exact (both factors split in two), and multiples of pi/2 are taken off in three words: a
// rounded product would be 1e-4 off at 1000.
// needs: split fence sine
fn math_versine(x: f32, factor: f32, quarter: i32) -> vec2<f32> {
    let product = 2.0 * (x * factor);
    let near = abs(product) < 1e7;
    let n = select(0.0, floor(product * 0.636619747 + 0.5), near); // 2 / pi

    let x_high = math_high(x);
    let x_low = math_low(x, x_high);
    let factor_high = math_high(factor);
    let factor_low = math_low(factor, factor_high);
    // pi/2 in three words, the first two of 12 bits (minimax.py: half_pi): head, parts and n times those
    // words are exact. Each sum is fenced, and the next one begins with what its rounding took away.
    let head = 2.0 * (x_high * factor_high) - n * 1.57080078;
    let parts = 2.0 * (x_high * factor_low) + 2.0 * (x_low * factor_high);
    let zero = bitcast<u32>(n) & 1u; // the last bit of an integer below 2^23
    let first = math_fence(head, zero);
    let second = math_fence(first + parts, zero);
    let tail = 2.0 * (x_low * factor_low) - n * -8.70551575e-10;
    let rest = (((first - second) + parts) + tail) - n * -4.45358455e-6;
    let sum = math_fence(second + rest, zero);
    let low = select(0.0, (second - sum) + rest, near);
    // pi/4, and what the rounding of n adds. Beyond the domain this keeps the result within [0, 2].
    let angle = select(0.0, select(select(sum, 0.7865, sum > 0.7865), -0.7865, sum < -0.7865), near);

    let sine = math_sine(angle, low);
    let versine = math_versed_sine(angle, low);

    let turn = u32(i32(n) + quarter) & 3u;
    let odd = (turn & 1u) == 1u;
    let shift = select(versine, sine, odd);
    let constant = select(select(0.0, 2.0, turn == 2u), 1.0, odd);
    return vec2<f32>(constant, select(shift, -shift, turn >= 2u));
}

// sin(2 * x * factor + quarter * pi/2), for a quarter of 0 or 1. As accurate.
fn math_double_sine(x: f32, factor: f32, quarter: i32) -> f32 {
    let parts = math_versine(x, factor, quarter + 1);
    return (parts.x - 1.0) + parts.y;
}

// 1 + ratio * sin(2 * x * factor); rest is 1 - abs(ratio). The ratio's sign goes to the angle: up to a size r of 1 it is
// rest + r (1 + sin(2 x factor)), of which nothing cancels.
fn math_one_and_sine(x: f32, factor: f32, ratio: f32, rest: f32) -> f32 {
    let parts = math_versine(x, select(factor, -factor, ratio < 0.0), 1);
    let r = abs(ratio);
    return select(rest + r * (parts.x + parts.y), 1.0 + r * ((parts.x - 1.0) + parts.y), r > 1.0);
}
