fn builtin(x: vec4<f32>) -> vec4<f32> {
    return x * tanh(log(1.0 + exp(x)));
}
