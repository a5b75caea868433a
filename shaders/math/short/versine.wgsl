// 16 bits: as ../versine.wgsl, in one term. The angle keeps its digits up to abs(x * factor) = 5e4. Beyond, it counts as a multiple of pi.
// needs: fence sine split

fn math_versine(x: f32, factor: f32, quarter: i32) -> vec2<f32> {
    let sine = math_sine(math_bounded_turns(x, math_over_pi(factor), 0.25 * f32(quarter)).y);
    return vec2<f32>(0.0, 2.0 * (sine * sine));
}

fn math_double_sine(x: f32, factor: f32, quarter: i32) -> f32 {
    let turns = math_bounded_turns(x, 2.0 * math_over_pi(factor), 0.5 * f32(quarter));
    return math_signed_sine(turns.x, turns.y);
}

// One sine: of the angle, or of half of it and pi/4, whose square is (1 + sin(2 x factor)) / 2.
fn math_one_and_sine(x: f32, factor: f32, ratio: f32, rest: f32) -> f32 {
    let words = math_over_pi(select(factor, -factor, ratio < 0.0));
    let r = abs(ratio);
    let whole = r > 1.0;
    let turns = math_bounded_turns(x, select(words, 2.0 * words, whole), select(0.25, 0.0, whole));
    let sine = math_signed_sine(turns.x, turns.y);
    return select(rest + (2.0 * r) * (sine * sine), 1.0 + r * sine, whole);
}

// As math_half_turns, up to 2^15: beyond, x * words counts as a whole number.
fn math_bounded_turns(x: f32, words: vec3<f32>, shift: f32) -> vec2<f32> {
    let turns = math_half_turns(x, words, shift);
    return vec2<f32>(turns.x, select(shift, turns.y, abs(turns.x) < 32768.0));
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
