// alpha_n * (exp(x) - 1) + beta for x <= 0, minus infinity included, and parameters that are 0 or from 1e-9 to 1e9 in size.
// needs: fence power split sum_error

fn math_xielu_left_slope(x: f32, alpha_n: f32, beta: f32) -> f32 {
    let zero = bitcast<u32>(alpha_n * alpha_n) & 0x80000000u; // no square is negative
    let difference = math_fence(beta - alpha_n, zero);
    let difference_low = math_sum_error(beta, -alpha_n, difference, zero);
    // Where beta is alpha_n, the exponential stands alone, and its tail is all there is: 2^64 keeps it from f32's end. Else it is lost below -40.
    let alone = difference == 0.0;
    let unit = select(1.0, 1.84467441e19, alone);
    let power = math_power(clamp(x, select(-40.0, -131.5, alone), 0.0), 0.0);
    let scale = math_shift(unit, power.bits);
    // exp(rest) = high + low, of which high has 12 bits, so that its product with alpha_n's first 12 is exact. Near 0 both are of exp(rest) - 1.
    let near = power.bits == 0x4b400000u;
    let r = power.rest;
    let one = select(1.0, 0.0, near);
    let high = math_truncate(one + r);
    let low = (math_low(one, high) + r) + (r * r) * math_exp_bend(r);
    let alpha_high = math_truncate(alpha_n);
    let sum = math_fence(select(difference, beta * unit, near) + scale * (alpha_high * high), zero);
    let rest = scale * (math_low(alpha_n, alpha_high) * high + alpha_n * low) + select(difference_low, 0.0, near);
    return (sum + math_fence(rest, zero)) * select(1.0, 5.42101086e-20, alone);
}
