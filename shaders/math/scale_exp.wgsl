// dy * exp(x) for every x and dy but NaN. Error 1.1 ULP where dy is a power of two, else 2.0. From -104 on down, where exp(x) is 0 in
// f32, exactly 0, infinite dy included.
// needs: exp power

fn math_scale_exp(dy: f32, x: f32) -> f32 {
    let bounded = select(select(x, 174.0, x > 174.0), -174.0, x < -174.0);
    return select(math_times_exp(dy, bounded, 0.0), 0.0, x < -104.0);
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
