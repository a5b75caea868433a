// x * y as an exponent for exp.wgsl: high + low, where high is exact and low is right to about 2^-35 of the
// product. One word is off by up to 2^-25 of the product, that is 80 ULP of an exponential. The factors are
// cut into 12 bits and the rest; the cut is an integer operation, which no compiler moves terms across.
// Products beyond 174 come back as 174, those below -174 as -174; 0 * infinity as 0.
// needs: split

struct MathProduct {
    high: f32,
    low: f32,
}

fn math_product(x: f32, y: f32) -> MathProduct {
    let x_high = math_truncate(x);
    let y_high = math_truncate(y);
    let exact = x_high * y_high;
    let rest = math_low(x, x_high) * y_high + x * math_low(y, y_high);
    // One word does for small products, and the low parts of tiny factors are subnormal.
    let rounded = x * y;
    let small = abs(rounded) < 0.0009765625 || x == 0.0 || y == 0.0;
    let large = abs(exact) > 174.0;
    let high = select(select(exact, select(174.0, -174.0, exact < 0.0), large), rounded, small);
    return MathProduct(select(high, 0.0, x == 0.0 || y == 0.0), select(rest, 0.0, small || large));
}

// The same for sigmoids, which do not ask how many digits of a product below 2^-24 are right: half the operations. An infinite x counts as
// the largest, so that 0 takes it away.
fn math_exponent(x: f32, y: f32) -> MathProduct {
    let product = math_unbounded_product(clamp(x, -3.4028234663852886e38, 3.4028234663852886e38), y);
    let high = clamp(product.high, -174.0, 174.0);
    return MathProduct(high, select(0.0, product.low, high == product.high));
}

// The same where the product is finite, however large.
fn math_unbounded_product(x: f32, y: f32) -> MathProduct {
    let x_high = math_truncate(x);
    let y_high = math_truncate(y);
    return MathProduct(x_high * y_high, math_low(x, x_high) * y_high + x * math_low(y, y_high));
}
