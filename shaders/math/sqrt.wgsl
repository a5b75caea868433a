// sqrt(x) for x >= 0, infinity and subnormal x included; NaN and negative x give anything.
// Error at most 0.501 ULP where inverseSqrt keeps WGSL's 2 ULP.
// WGSL lets the builtin sqrt be 1 / inverseSqrt(x), some 4 ULP off. One Newton step mends that: the residual
// x - s * s is exact but for its last rounding, because s is squared in two parts. Scaling keeps the parts
// away from overflow and underflow. Without the fence, NVIDIA's compiler does not round the root before the
// correction (1.5 ULP).
// needs: fence split
fn math_sqrt(x: f32) -> f32 {
    let small = x < 5.42101086e-20;                                                // 2^-64
    let large = x > 1.84467441e19;                                                 // 2^64
    let t = x * select(select(1.0, 5.42101086e-20, large), 1.84467441e19, small);  // by 2^-64, 1 or 2^64
    // By 2^32, 1 or 2^-32.
    let result = math_sqrt_inside(t) * select(select(1.0, 4.29496730e9, large), 2.32830644e-10, small);
    return select(result, t, t == 0.0 || bitcast<u32>(t) == 0x7f800000u);
}

// The same for x from 2^-64 to 2^126.
fn math_sqrt_inside(x: f32) -> f32 {
    let inverse = inverseSqrt(x);
    let s = math_fence(x * inverse, bitcast<u32>(x) & 0x80000000u); // x is not negative
    let high = math_high(s);
    let low = math_low(s, high);
    let residual = ((x - high * high) - 2.0 * (high * low)) - low * low;
    return s + (0.5 * inverse) * residual;
}
