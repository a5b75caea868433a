// 16 bits: for sin.wgsl and versine.wgsl beside this file, sines of pi (x * words + shift), a factor in three words. x has no more than 11
// bits, and the first two words so few that their products with it are exact. Half turns are taken off, not quarters: one polynomial in
// place of two and a choice.
//
// Rejected: 1 - cos(2 pi t) as a polynomial of its own, which is as long as this one and its square; a polynomial shorter by a term, which
// leaves 2^-19.9: enough for a sine, not where snake's derivatives cancel.
// needs: fence

// The whole number next to x * words + shift, and what is left, relatively accurate wherever it lies. The number is that of a rounded sum: up
// to 2^15 the rest is at most 0.504 in size.
fn math_half_turns(x: f32, words: vec3<f32>, shift: f32) -> vec2<f32> {
    let n = floor(x * (words.x + words.y) + (shift + 0.5));
    let zero = bitcast<u32>(n) & 1u; // the last bit of an integer below 2^23
    let first = math_fence(x * words.x + (shift - n), zero);
    return vec2<f32>(n, math_fence(first + x * words.y, zero) + x * words.z);
}

// sin(pi rest). Relative error of the polynomial 2^-25.09 (minimax.py: short_sine).
fn math_sine(rest: f32) -> f32 {
    let z = rest * rest;
    return rest * (3.14159274 + z * (-5.16771984 + z * (2.55024529 + z * (-0.599257767 + z * 0.0794400424))));
}

// sin(pi (n + rest))
fn math_signed_sine(n: f32, rest: f32) -> f32 {
    let odd = bitcast<u32>(n + 12582912.0) << 31u; // 1.5 * 2^23: the sum's last bit is that of n
    return bitcast<f32>(bitcast<u32>(math_sine(rest)) ^ odd);
}
