// dy / b, the gradient of a function that ends at b = 0 with an infinite slope: dy times infinity there, NaN for negative b, and 0 for
// infinite b whatever dy is. Error that of math_divide.
// needs: beyond divide

fn math_over_positive(dy: f32, b: f32) -> f32 {
    let inside = b > 0.0 && b <= 3.4028234663852886e38;
    let quotient = math_divide(dy, select(1.0, b, inside));
    let end = select(dy * math_infinity(abs(b)), 0.0, b > 0.0);
    return select(select(end, quotient, inside), math_undefined(b), b < 0.0);
}
