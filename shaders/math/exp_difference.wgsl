// exp(scale * (x - top)) for x <= top and scale > 0, as sums of exponentials need it: nothing overflows, and all digits are right however far
// apart x and top are. The difference is rounded, and its product with the scale, each to up to 32 ULP of the result: what they lose
// goes with the exponent. Error 1.1 ULP. 1 where x is top, infinite or not; 0 at minus infinity.
// needs: exp fence product sum_error

struct MathDifference {
    value: f32,
    scale: f32,
}

// value * scale is scale * (x - top): half of a difference that f32 does not hold, and twice the scale.
fn math_difference(x: f32, top: f32, scale: f32) -> MathDifference {
    let zero = bitcast<u32>(x * x) & 0x80000000u; // no square is negative
    let difference = math_fence(x - top, zero);
    let beyond = difference < -3.4028234663852886e38;
    let half = MathDifference(0.5 * x - 0.5 * top, 2.0 * scale);
    return MathDifference(select(difference, half.value, beyond), select(scale, half.scale, beyond));
}

fn math_exp_difference(x: f32, top: f32, scale: f32) -> f32 {
    let difference = math_difference(x, top, scale);
    let exponent = math_product(difference.value, difference.scale);
    let zero = bitcast<u32>(x * x) & 0x80000000u; // no square is negative
    let lost = difference.scale * math_sum_error(x, -top, difference.value, zero);
    // From -174 on there is nothing left to be lost.
    let near = exponent.high > -104.0 && difference.scale == scale;
    let power = math_times_exp(1.0, exponent.high, exponent.low + select(0.0, lost, near));
    return select(power, 1.0, x == top);
}
