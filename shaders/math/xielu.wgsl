// x > 0 ? alpha_p * x^2 + beta * x : alpha_n * (exp(x) - 1 - x) + beta * x for every x, and parameters that are 0 or from 1e-9 to 1e9 in size.
// needs: fence nan split sum_error wide_product

// exp(x) = 2^n exp(rest) as in power.wgsl, but rounded so that n is 0 down to -0.52, where rest is x itself: exp(x) - 1 - x is rest^2 B(rest)
// there, and needs no polynomial of its own.
struct MathXieluPower {
    bits: u32, // 2 n, from the lowest bit on, and 0x4ac00000
    rest: f32, // from -0.521 to 0.1738
}

// For x from -40 to 0.
fn math_xielu_power(x: f32) -> MathXieluPower {
    // The sum is a multiple of a half, which the mask clears. ln 2 in power.wgsl's two words.
    let sum = bitcast<u32>(x * 1.44269502 + 6291456.5);
    let bits = sum & 0x4afffffeu;
    let n = bitcast<f32>(bits) - 6291456.0;
    let difference = bitcast<f32>(bitcast<u32>(x - n * 0.693359375) | (sum & 0x80000000u));
    return MathXieluPower(bits, difference + n * 0.000212194442);
}

// B in exp(r) = 1 + r + r^2 B(r) for r from -0.521 to 0.1738, relative error 2^-27.42 (minimax.py: xielu).
fn math_xielu_bend(r: f32) -> f32 {
    return 0.5 + r * (0.166666672 + r * (0.0416667946 + r * (0.00833373144 + r * (0.00138442696 + r * 0.000177068927))));
}

fn math_xielu(x: f32, alpha_p: f32, alpha_n: f32, beta: f32) -> f32 {
    // Below -40 the exponential is lost in what stands beside it.
    let power = math_xielu_power(clamp(x, -40.0, 0.0));
    let r = power.rest;
    let scale = bitcast<f32>(0x3f800000u + (power.bits << 22u));
    let scaled = alpha_n * scale;
    let bend = r * math_xielu_bend(r);
    // Beside 0, on both sides, x times a factor. Without beta that is 0 or infinite where x is infinite.
    let factor = select(beta + scaled * bend, math_wide_line(x, alpha_p, beta), x > 0.0);
    let times = select(x, clamp(x, -3.4028234663852886e38, 3.4028234663852886e38), beta == 0.0);
    // Further on the left (beta - alpha_n) * x + alpha_n * (exp(x) - 1): beta may be near alpha_n, and the terms cancel beside a zero. Both
    // products are exact in their first words, as is 2^n - 1. (Without the last fence, Mesa adds the products of the rest to the sum one by one.)
    let zero = bitcast<u32>(alpha_n * alpha_n) & 0x80000000u; // no square is negative
    let slope = math_fence(beta - alpha_n, zero);
    let line = math_wide_product(x, slope, math_sum_error(beta, -alpha_n, slope, zero));
    let less = math_fence(scale - 1.0, zero);
    let alpha_high = math_truncate(alpha_n);
    let sum = math_fence(line.first + alpha_high * less, zero);
    let rest = math_fence(line.rest + (math_low(alpha_n, alpha_high) * less + scaled * (r + r * bend)), zero);
    return math_keep_nan(x, select(sum + rest, times * factor, power.bits == 0x4ac00000u));
}
