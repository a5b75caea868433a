// exp(scale * (x - top) + low) for x <= top, minus infinity included, scale from 2^-100 to 2^100, and low of at most 0.13, what x and top have
// lost (0, if they are exact). The difference of two floats is rounded, and so is its product with the scale, each of which may be 32 ULP of
// the result. So whole steps, each of which is ln 2 / scale, are taken from x and from top before anything is rounded: as factor_power.wgsl
// does it, with a step of 15 bits, whose product with up to 2^9 is exact. A top beyond 252 steps is taken from x first: what is not exact then is
// less than half of top, or more than twice, and so far below that the result is none. Error 1.5 ULP; 1 for x = top. For x above top the same while
// the result is in range, and more than 2^125 beyond. Infinity is 1 beside a top of infinity, and all else 0; beside one of minus infinity,
// minus infinity is 0, and all else as beside the least of floats.
// needs: fence power

// What all x have in common that are beside one top.
struct MathOrigin {
    start: f32,   // what is taken from x first
    end: f32,     // what is left of top then
    most: f32,    // and of x at most
    least: f32,   // more than that, if there is to be a result
    shift: f32,   // 1.5 * 2^23, less the steps in what is left of top
    rest: f32,    // what is left without those
    low: f32,     // what they have lost, and what exponents have besides
}

// `low` is what all exponents have besides, less than 2^-16.
fn math_origin(top: f32, low: f32, rate: f32, step: f32, rest: f32) -> MathOrigin {
    let zero = bitcast<u32>(step) & 0x80000000u; // step is not negative
    let is_infinite = top > 3.4028234663852886e38;
    let value = clamp(top, -3.4028234663852886e38, 3.4028234663852886e38);
    let is_near = abs(value) < 252.0 * step;
    let end = select(0.0, value, is_near);
    let steps = bitcast<f32>(bitcast<u32>(end * rate + 12582912.0) & 0x4bffffffu) - 12582912.0; // as in math_power
    let most = end + select(126.0 * step, 0.0, is_infinite);
    let least = select(end - 126.0 * step, 3.4028234663852886e38, is_infinite);
    let left = math_fence(end - steps * step, zero);
    return MathOrigin(select(value, 0.0, is_near), end, most, least, 12582912.0 - steps, left, low - steps * rest);
}

fn math_exp_difference(x: f32, origin: MathOrigin, scale: f32, low: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let zero = bitcast<u32>(step) & 0x80000000u;
    let shifted = x - origin.start;
    let bounded = min(shifted, origin.most);
    let bits = bitcast<u32>((bounded - origin.end) * rate + 12582912.0) & 0x4bffffffu;
    // With those of top: both are whole numbers, and so is their sum.
    let steps = bitcast<f32>(bits) - origin.shift;
    let difference = math_fence(bounded - steps * step, zero) - origin.rest;
    let term = math_shift(math_exp_near(1.0, difference * scale + (steps * rest + (origin.low + low))), bits);
    return select(0.0, term, shifted > origin.least);
}
