// gaussian: exp(-x^2 / (2 a^2))
// derivative: -x / a^2 * exp(-x^2 / (2 a^2))
// second derivative: (x^2 - a^2) / a^4 * exp(-x^2 / (2 a^2))
// needs: bell fence nan product

// x / a by 1 / a in two words from the host, to about 36 bits.
fn act_gaussian_argument(x: f32, inverse: f32, inverse_low: f32) -> MathProduct {
    let product = math_product(x, inverse);
    return MathProduct(product.high, product.low + select(x * inverse_low, 0.0, abs(product.high) >= 174.0));
}

fn act_gaussian(x: f32, a: f32, inverse: f32, inverse_low: f32, inverse_square: f32) -> f32 {
    return math_keep_nan(x, math_bell(1.0, act_gaussian_argument(x, inverse, inverse_low)));
}

fn act_gaussian_backward(x: f32, dy: f32, a: f32, inverse: f32, inverse_low: f32, inverse_square: f32) -> f32 {
    let derivative = math_bell(-x * inverse_square, act_gaussian_argument(x, inverse, inverse_low));
    return math_keep_nan(x, math_scale(dy, derivative));
}

// (x^2 - a^2) / a^4 * exp(-x^2 / (2 a^2)): the differences are exact beside their zeros. Without the fence, 1 / a^4 may leave the range of f32.
fn act_gaussian_second(x: f32, dy: f32, a: f32, inverse: f32, inverse_low: f32, inverse_square: f32) -> f32 {
    let zero = bitcast<u32>(a * a) & 0x80000000u; // no square is negative
    let factor = math_fence(((x - a) * (x + a)) * inverse_square, zero) * inverse_square;
    return math_keep_nan(x, math_scale(dy, math_bell(factor, act_gaussian_argument(x, inverse, inverse_low))));
}
