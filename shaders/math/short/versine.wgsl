// 16 bits: as ../versine.wgsl, in one term. The angle keeps its digits up to abs(x * factor) = 5e4.
// needs: fence sine split

fn math_versine(x: f32, factor: f32, quarter: i32) -> vec2<f32> {
    return vec2<f32>(0.0, math_turns_versine(x, math_over_pi(factor), 0.25 * f32(quarter)));
}

fn math_double_sine(x: f32, factor: f32, quarter: i32) -> f32 {
    return math_half_turns_sine(x, 2.0 * math_over_pi(factor), 0.5 * f32(quarter));
}

// One sine, of the angle or of its half with what makes 1 + sin a square.
fn math_one_and_sine(x: f32, factor: f32, ratio: f32, rest: f32) -> f32 {
    let words = math_over_pi(select(factor, -factor, ratio < 0.0));
    let r = abs(ratio);
    let whole = r > 1.0;
    let sine = math_half_turns_sine(x, select(words, 2.0 * words, whole), select(0.25, 0.0, whole));
    return select(rest + (2.0 * r) * (sine * sine), 1.0 + r * sine, whole);
}

// factor / pi in two words of 12 bits and the rest, to 2^-48 of itself: once for all elements that share the factor. With 1 / pi in words
// of 8, 12 and 24 bits (minimax.py: inverse_pi), no sum rounds but the last.
fn math_over_pi(factor: f32) -> vec3<f32> {
    let zero = bitcast<u32>(factor * factor) & 0x80000000u; // no square is negative
    let factor_high = math_high(factor);
    let factor_low = math_low(factor, factor_high);
    let low = factor_low * 0.318359375;
    let high = factor_high * -4.94867563e-5;
    let first = math_high(factor * 0.318309873);
    let left = math_fence(factor_high * 0.318359375 - first, zero);
    let second = math_high(left + (low + high));
    let exact = math_fence(math_fence(math_fence(left - second, zero) + low, zero) + high, zero);
    return vec3<f32>(first, second, exact + (factor_low * -4.94867563e-5 + factor * -2.05988449e-9));
}
