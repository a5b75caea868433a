// Two factors of a product with a third, f, that is not known yet: (f * first) * second. Their own product may leave the range of
// f32 where all three together do not. So: first is that product and second 1, or, outside the range, the larger one is first: with
// it, f * first leaves the range only where all three do. A 0 is first, since f may be as large as f32 goes, and a b of 0 is exact,
// infinity times 0 included.
// needs: nan

fn math_factors(a: f32, b: f32) -> vec2<f32> {
    let a_is_first = abs(a) > abs(b); // a NaN of a is last: 0 is before it
    let large = select(b, a, a_is_first);
    let small = select(a, b, a_is_first);
    let product = large * small;
    // By its bits without their sign: subnormal, infinite, NaN, or 0 where neither is.
    let left = (bitcast<u32>(product) << 1u) - 0x01000000u >= 0xfe000000u && small != 0.0;
    return vec2<f32>(select(select(product, large, left), 0.0, b == 0.0), select(1.0, small, left));
}

// The second factor times f * first.
fn math_by_second(product: f32, factors: vec2<f32>) -> f32 {
    return math_scale(factors.y, product);
}
