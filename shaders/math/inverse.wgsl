// 1 / (b + b_low) for b from 1e-2 to 1e30, and what it has lost by rounding, as two numbers: the quotient, and what that lacks as a part of it:
// quotient * (1 + lack), to 2^-34. Who takes both rounds once, and is no worse where a driver divides within 2.5 ULP.
// needs: divide fence split

fn math_inverse(b: f32, b_low: f32) -> vec2<f32> {
    let zero = bitcast<u32>(b * b) & 0x80000000u; // no square is negative
    let quotient = math_quotient(1.0, b);
    let b_high = math_truncate(b);
    let high = math_truncate(quotient);
    let low = math_low(quotient, high);
    // Of parts of 12 bits, products are exact, and so is this difference.
    let lack = math_fence(1.0 - math_fence(b_high * high, zero), zero);
    return vec2<f32>(quotient, math_fence(lack - b_high * low, zero) - (math_low(b, b_high) + b_low) * quotient);
}
