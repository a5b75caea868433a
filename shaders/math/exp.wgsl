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
