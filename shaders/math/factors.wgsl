// Two factors of a product with a third, f, that is not known yet: (f * first) * second. Their own product may leave the range of
// f32 where all three together do not. So: first is that product and second 1, or, outside the range, the two in the order that
// brings f * first back. A product of 0 is exact, infinity times 0 included.
// needs: nan

fn math_factors(a: f32, b: f32) -> vec2<f32> {
    let product = math_scale(a, b);
    let size = abs(product);
    let left = size < 1.17549435e-38 || size > 3.4028234663852886e38;
    let a_is_first = select(abs(a) < abs(b), abs(a) > abs(b), size > 1.0); // a NaN is last: 0 is before it
    return select(vec2<f32>(product, 1.0), select(vec2<f32>(b, a), vec2<f32>(a, b), a_is_first), left);
}

// The second factor times f * first.
fn math_by_second(product: f32, factors: vec2<f32>) -> f32 {
    return math_scale(factors.y, product);
}
