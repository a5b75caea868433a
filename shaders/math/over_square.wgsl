// dy / b^2, the second derivative of a function that ends at b = 0: dy times infinity there, NaN for negative b, and 0 for infinite b
// whatever dy is. One division: its error counts twice, and two products. No part leaves the range of f32 alone: without the fence, a
// compiler may square the inverse first, and an infinite dy meets a 0.
// needs: fence over_positive

fn math_over_square(dy: f32, b: f32) -> f32 {
    let inverse = math_over_positive(1.0, b);
    let zero = bitcast<u32>(b * b) & 0x80000000u; // no square is negative
    return select(math_fence(dy * inverse, zero) * inverse, 0.0, inverse == 0.0);
}
