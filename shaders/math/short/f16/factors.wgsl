// f16: as ../../factors.wgsl. Products of two numbers of f16 lie between 2^-48 and 2^32.
// needs: nan

fn math_factors(a: f32, b: f32) -> vec2<f32> {
    return vec2<f32>(math_scale(a, b), 1.0);
}

fn math_by_second(product: f32, factors: vec2<f32>) -> f32 {
    return product;
}
