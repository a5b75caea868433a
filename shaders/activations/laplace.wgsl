// laplace: (1 + erf((x - mu) / (sigma sqrt(2)))) / 2
// derivative: exp(-((x - mu) / sigma)^2 / 2) / (sigma sqrt(2 pi))
// second derivative: -(x - mu) / sigma^2 times the derivative
// needs: bell fence nan normal product sum_error

fn act_laplace_difference(x: f32, mu: f32, inverse: f32) -> f32 {
    return math_fence(x - mu, bitcast<u32>(inverse) & 0x80000000u); // sigma is positive
}

// (x - mu) / sigma by 1 / sigma in two words from the host, to about 36 bits, and so what the difference lost; `product` is that of the
// difference and the first word.
fn act_laplace_argument(product: MathProduct, x: f32, mu: f32, inverse: f32, inverse_low: f32) -> MathProduct {
    let difference = act_laplace_difference(x, mu, inverse);
    let lost = math_sum_error(x, -mu, difference, bitcast<u32>(inverse) & 0x80000000u);
    let low = product.low + (difference * inverse_low + lost * inverse);
    return MathProduct(product.high, select(low, 0.0, abs(product.high) >= 174.0));
}

// The same for who does not ask how many digits of a tiny one are right.
fn act_laplace_exponent(x: f32, mu: f32, inverse: f32, inverse_low: f32) -> MathProduct {
    // Beyond 1e25 sigmas of 1e12 nothing is left.
    let difference = clamp(act_laplace_difference(x, mu, inverse), -1e25, 1e25);
    let product = math_unbounded_product(difference, inverse);
    return act_laplace_argument(product, x, mu, inverse, inverse_low);
}

fn act_laplace(x: f32, mu: f32, sigma: f32, inverse: f32, inverse_low: f32, density: f32) -> f32 {
    return math_keep_nan(x, math_normal(act_laplace_exponent(x, mu, inverse, inverse_low)));
}

fn act_laplace_backward(x: f32, dy: f32, mu: f32, sigma: f32, inverse: f32, inverse_low: f32, density: f32) -> f32 {
    let derivative = math_bell(density, act_laplace_exponent(x, mu, inverse, inverse_low));
    return math_keep_nan(x, math_scale(dy, derivative));
}

// -z / sigma times that.
fn act_laplace_second(x: f32, dy: f32, mu: f32, sigma: f32, inverse: f32, inverse_low: f32, density: f32) -> f32 {
    let product = math_product(act_laplace_difference(x, mu, inverse), inverse);
    let z = act_laplace_argument(product, x, mu, inverse, inverse_low);
    let derivative = math_bell((z.high + z.low) * (-density * inverse), z);
    return math_keep_nan(x, math_scale(dy, derivative));
}
