// product: value * activation(gate)
// derivatives: activation(gate) by value, value * activation'(gate) by gate
// Composition puts before it, for an activation of any name with its parameters filled in:
//   fn activation(x: f32) -> f32
//   fn activation_beside_backward(x: f32) -> f32         the same, where the derivative is computed, too
//   fn activation_backward(x: f32, dy: f32) -> f32
// needs: nan factors
fn gate_product(value: f32, gate: f32) -> f32 {
    // A gate that is shut lets no infinity through. A NaN it does.
    return math_keep_nan(value, math_scale(value, activation(gate)));
}

// d_value and d_gate. Each rounds once more than the activation does.
fn gate_product_backward(value: f32, gate: f32, dy: f32) -> vec2<f32> {
    let factors = math_factors(dy, value);
    let d_gate = math_by_second(activation_backward(gate, factors.x), factors);
    return vec2<f32>(math_scale(dy, activation_beside_backward(gate)), d_gate);
}
