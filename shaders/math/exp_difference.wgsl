// exp(scale * (x - top) + low) for x <= top, minus infinity included, scale from 2^-100 to 2^100, and low of at most 0.13, what x and top have
// lost (0, if they are exact). The difference of two floats is rounded, and so is its product with the scale, each of which may be 32 ULP of
// the result. So whole steps, each of which is ln 2 / scale, are taken from x and from top before anything is rounded: as factor_power.wgsl
// does it, with a step of 15 bits, whose product with up to 2^9 is exact. A top beyond 252 steps is taken from x first: what is not exact then is
// less than half of top, or more than twice, and so far below that the result is none. Error 1.5 ULP; 1 for x = top. For x above top the same while
// the result is in range, and more than 2^125 beyond. Anything where x and top are the same infinity.
// needs: fence power

fn math_exp_difference(x: f32, top: f32, scale: f32, low: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let zero = bitcast<u32>(step) & 0x80000000u; // step is not negative
    // All of this is the same for a word of one row.
    let is_near = abs(top) < 252.0 * step;
    let origin = select(top, 0.0, is_near);
    let end = select(0.0, top, is_near);
    let end_bits = bitcast<u32>(end * rate + 12582912.0) & 0x4bffffffu; // as in math_power
    let end_steps = bitcast<f32>(end_bits) - 12582912.0;
    let end_rest = math_fence(end - end_steps * step, zero);
    let end_low = low - end_steps * rest;

    let shifted = x - origin;
    let bounded = clamp(shifted, end - 126.0 * step, end + 126.0 * step);
    let bits = bitcast<u32>((bounded - end) * rate + 12582912.0) & 0x4bffffffu;
    // Both exponents are added as integers: no compiler distributes the product with the step over that.
    let steps = bitcast<f32>(bits + (end_bits - 0x4b400000u)) - 12582912.0;
    let difference = math_fence(bounded - steps * step, zero) - end_rest;
    let term = math_shift(math_exp_near(1.0, difference * scale + (steps * rest + end_low)), bits);
    return select(0.0, term, shifted > end - 126.0 * step);
}
