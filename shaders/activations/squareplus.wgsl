// squareplus: (x + sqrt(x^2 + b)) / 2
// derivative: (1 + x / sqrt(x^2 + b)) / 2           at 0 with b = 0: 1/2
// second derivative: b > 0 ? b / (2 * sqrt(x^2 + b)^3) : 0
// needs: fence nan divide sqrt

// The power of two that brings x^2 + b into range: both functions are computed for x * scale and b * scale^2.
fn act_squareplus_scale(x: f32, b: f32) -> f32 {
    let large = abs(x) > 9.22337204e18 || b > 8.50705917e37;                   // 2^63, 2^126
    let small = abs(x) < 9.31322575e-10 && b < 8.67361738e-19;                 // 2^-30, 2^-60
    return select(select(1.0, 7.37869763e19, small), 1.35525272e-20, large);   // 2^66, 2^-66
}

// size * scale, of which no compiler may take the scale away: NVIDIA's computes (x * x) * (scale * scale) of its square, and x * x
// overflows. The sign of b is 0.
fn act_squareplus_scaled(size: f32, scale: f32, b: f32) -> f32 {
    return math_fence(size * scale, bitcast<u32>(b) & 0x80000000u);
}

// Negative x: b / 2 / (sqrt(x^2 + b) - x), which does not cancel.
fn act_squareplus(x: f32, b: f32) -> f32 {
    let scale = act_squareplus_scale(x, b);
    let size = act_squareplus_scaled(abs(x), scale, b);
    let scaled_b = b * scale;
    let sum = size + math_sqrt(size * size + scaled_b * scale);
    // 1 / (2 scale)
    let half_inverse = select(select(0.5, 6.77626358e-21, scale > 1.0), 3.68934881e19, scale < 1.0);
    let negative = math_divide(scaled_b, 2.0 * sum);
    // With b = 0 the quotient may be 0 / 0, and at minus infinity b / infinity, of which WGSL promises
    // nothing.
    let vanishes = scaled_b == 0.0 || x < -3.4028234663852886e38;
    return math_keep_nan(x, select(sum * half_inverse, select(negative, 0.0, vanishes), x < 0.0));
}

// r = b / (2 (s^2 + s abs(x))) with s = sqrt(x^2 + b), then r or 1 - r by the sign of x.
fn act_squareplus_backward(x: f32, dy: f32, b: f32) -> f32 {
    let scale = act_squareplus_scale(x, b);
    let infinite = abs(x) > 3.4028234663852886e38;
    let size = act_squareplus_scaled(select(abs(x), 1.0, infinite), scale, b);
    let scaled_b = b * scale;
    let square = size * size + scaled_b * scale;
    let divisor = square + math_sqrt(square) * size;
    // b * scale^2 / divisor, with the second factor before the division or after it so that neither side
    // underflows.
    let small = scale > 1.0;
    let half_b = 0.5 * (scaled_b * select(1.0, scale, small));
    let quotient = math_divide(half_b, divisor) * select(scale, 1.0, small);
    // With b = 0 it may be 0 / 0: there the function is max(x, 0).
    let tail = select(select(quotient, 0.0, infinite || scaled_b == 0.0), 0.5, x == 0.0);
    return math_keep_nan(x, math_scale(dy, select(tail, 1.0 - tail, x > 0.0)));
}

// Divided twice: the cube would leave the range.
fn act_squareplus_second(x: f32, dy: f32, b: f32) -> f32 {
    let scale = act_squareplus_scale(x, b);
    let infinite = abs(x) > 3.4028234663852886e38;
    let size = act_squareplus_scaled(select(abs(x), 1.0, infinite), scale, b);
    let scaled_b = (b * scale) * scale;
    let square = size * size + scaled_b;
    let bend = scale * math_divide(math_divide(0.5 * scaled_b, square), math_sqrt(square));
    return math_keep_nan(x, math_scale(dy, select(bend, 0.0, infinite || scaled_b == 0.0)));
}
