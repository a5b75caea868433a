// 1 / (2 a) in two words: a quotient, and what its product with a leaves of 1/2. Finite for a from 1e-34 to 1e34 in size.
// needs: divide fence split

fn math_half_inverse(a: f32) -> vec2<f32> {
    let high = math_divide(0.5, a);
    let a_high = math_high(a);
    let a_low = math_low(a, a_high);
    let quotient_high = math_high(high);
    let quotient_low = math_low(high, quotient_high);
    let head = quotient_high * a_high;
    let zero = bitcast<u32>(head) & 0x40000000u; // head is near 1/2
    let first = math_fence(0.5 - head, zero) - quotient_high * a_low;
    let residual = math_fence(first, zero) - quotient_low * a_high - quotient_low * a_low;
    return vec2<f32>(high, math_divide(residual, a));
}
