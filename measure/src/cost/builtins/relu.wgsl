fn builtin(x: vec4<f32>) -> vec4<f32> {
    return max(x, vec4<f32>(0.0));
}
