fn builtin(x: vec4<f32>) -> vec4<f32> {
    return 0.5 * x * (1.0 + tanh(0.7978846 * (x + 0.044715 * x * x * x)));
}
