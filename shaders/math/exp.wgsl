// The exponential, and products and differences with it that keep its last bits. The argument is a sum high +
// low, so that a product of more than 24 bits can be an exponent; low is at most 0.2.
//
// Rejected: the builtin exp (3 + 2 abs(x) ULP allowed; 1 / (1 + exp(-x)) was 60 off); a table (no cheaper
// than the polynomial, and a load).
// needs: power

// y * exp(high + low) for high + low from -174 to 174 and any y. Error 2.0 ULP. The power of two comes in two factors, the
// second last of all: neither overflows, and a subnormal result is rounded once.
fn math_times_exp(y: f32, high: f32, low: f32) -> f32 {
    let power = math_power(high, low);
    let half = power.bits >> 1u; // of n, and of 0x4b400000
    let scaled = (y * math_shift(1.0, half)) * math_exp_near(1.0, power.rest);
    return scaled * math_shift(1.0, power.bits - half);
}

// dy times y * exp(x) for x <= 0, minus infinity included, and dy times right for x > 0; y and right are 0 or normal numbers, y up to 2^126.
// Error 2.0 ULP, and exactly 0 where y * exp(x) is below every normal number, whatever dy is. n joins y's exponent, and so does 1, since half
// of exp(rest) is left: the product with n alone may be subnormal where the result is not. What is done with y alone costs little where it is
// the same for all elements.
fn math_scale_exp_left(dy: f32, y: f32, x: f32, right: f32) -> f32 {
    let bits = bitcast<u32>(y);
    // Here y * exp(x) is subnormal, and n is minus y's exponent.
    let end = -0.2 - 0.693147182 * f32((bits >> 23u) & 0xffu);
    let power = math_power(max(x, end), 0.0);
    let left = math_shift(bitcast<f32>(bits + 0x00800000u), power.bits) * (0.5 * math_exp_near(1.0, power.rest));
    let derivative = select(left, right, x > 0.0);
    return select(dy * derivative, 0.0, abs(derivative) < 1.17549435e-38); // 2^-126
}

// exp(high + low) - 1 for high + low <= 0. Error 0.9 ULP; a product with it 1.9. 2^n - 1 is exact as far as it matters.
fn math_expm1(high: f32, low: f32) -> f32 {
    return math_expm1_by(math_power(max(high, -40.0), low));
}

// The same by the power of an exponent from -40 to 0.
fn math_expm1_by(power: MathPower) -> f32 {
    let s = math_shift(1.0, power.bits);
    let r = power.rest;
    return (s - 1.0) + s * (r + (r * r) * math_exp_bend(r));
}

// y * (exp(high + low) - 1) for high + low up to 174. Error 0.9 ULP where y is 1, else 1.9 for
// high + low <= 0 and 2.2 above.
fn math_times_expm1(y: f32, high: f32, low: f32) -> f32 {
    let power = math_power(max(high, -40.0), low);
    // For n > 0, y * 2^n alone may overflow: y takes half of it.
    let half = max(power.bits, 0x4b400000u) >> 1u;
    let s = math_shift(1.0, power.bits - half);
    let r = power.rest;
    let difference = (s - math_shift(1.0, 0u - half)) + s * (r + (r * r) * math_exp_bend(r));
    return (y * math_shift(1.0, half)) * difference;
}

// exp(x) for x <= 88.7, minus infinity included.
fn math_exp(x: f32) -> f32 {
    return math_times_exp(1.0, max(x, -174.0), 0.0);
}
