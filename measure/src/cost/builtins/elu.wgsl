fn builtin(x: vec4<f32>) -> vec4<f32> {
    return select(exp(x) - 1.0, x, x > vec4<f32>(0.0));
}
