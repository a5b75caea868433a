// squareplus: (x + sqrt(x^2 + b)) / 2
// derivative: (1 + x / sqrt(x^2 + b)) / 2           at 0 with b = 0: 1/2
// second derivative: b > 0 ? b / (2 * sqrt(x^2 + b)^3) : 0
// needs: fence nan divide power sqrt

// max(x, 0) + b / 2 / (abs(x) + sqrt(x^2 + b)), which does not cancel. All is divided by 2^10 times a power of two beside sqrt(b), which is
// the same for all elements: what is left of b is at least 2^-19 (of a b of 0, too, which then is 0 in the numerator alone), and the square
// of a larger size than 2^50 leaves it away. Rejected: a power of two that depends on x, too, and a form for each sign of x (as many
// operations again).
fn act_squareplus(x: f32, b: f32) -> f32 {
    let half = bitcast<u32>(b) >> 24u; // of b's exponent
    // The fence is that of the derivatives.
    let size = math_fence(abs(x) * math_shift(1.0, 54u - half), bitcast<u32>(b) & 0x80000000u);
    let bounded = min(size, 1.12589991e15); // 2^50
    let root = math_sqrt_inside(bounded * bounded + math_shift(b, 108u - 2u * half));
    let numerator = select(math_shift(b, 53u - half), 0.0, b == 0.0);
    // Beyond 2^124 nothing is left of the quotient, of which WGSL promises nothing there.
    let rest = select(math_quotient(numerator, size + max(root, size)), 0.0, size > 2.12676479e37);
    return math_positive_part(x) + rest;
}

// The power of two that brings x^2 + b into range: its derivatives are computed for x * scale and b * scale^2.
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
