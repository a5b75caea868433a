fn builtin(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(-x));
}
