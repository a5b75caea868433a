// 16 bits: sines of pi (x * words + shift), a factor in three words. x has no more than 12 bits, nor have the first two words: their products
// are exact. Half turns are taken off and not quarters, for one polynomial in place of two and a choice. Beyond 2^15 of them, x * words counts
// as a whole number.
// needs: fence

// The whole number next to x * words + shift, and what is left, relatively accurate wherever it lies. The number is that of a rounded sum: the
// rest is at most 0.504 in size.
fn math_half_turns(x: f32, words: vec3<f32>, shift: f32) -> vec2<f32> {
    let n = floor(x * (words.x + words.y) + (shift + 0.5));
    let zero = bitcast<u32>(n) & 1u; // the last bit of an integer below 2^23
    let first = math_fence(x * words.x + (shift - n), zero);
    let rest = math_fence(first + x * words.y, zero) + x * words.z;
    return vec2<f32>(n, select(shift, rest, abs(n) < 32768.0));
}

// sin(pi t) for abs(t) <= 0.504. Relative error of the polynomial 2^-25.09 (minimax.py: short_sine).
fn math_sine(t: f32) -> f32 {
    let z = t * t;
    return t * (3.14159274 + z * (-5.16771984 + z * (2.55024529 + z * (-0.599257767 + z * 0.0794400424))));
}

fn math_half_turns_sine(x: f32, words: vec3<f32>, shift: f32) -> f32 {
    let turns = math_half_turns(x, words, shift);
    let odd = bitcast<u32>(turns.x + 12582912.0) << 31u; // 1.5 * 2^23: the sum's last bit is that of the number
    return bitcast<f32>(bitcast<u32>(math_sine(turns.y)) ^ odd);
}

// 1 - cos(2 pi (x * words + shift)), relatively accurate: 2 sin(pi (x * words + shift))^2.
fn math_turns_versine(x: f32, words: vec3<f32>, shift: f32) -> f32 {
    let sine = math_sine(math_half_turns(x, words, shift).y);
    return 2.0 * (sine * sine);
}
