// situ_glu: t * s(gate) * v, where t = gate_cap * tanh(gate / gate_cap), v = value_cap * tanh(value / value_cap)
// derivatives: t * s * (1 - (v / value_cap)^2) by value, s * (1 - (t / gate_cap)^2 + t * (1 - s)) * v by gate; an infinite value_cap is none
// Calls act_softcap, whose last argument only its gradient from the output reads, and act_softcap_argument.
// needs: factors logistic nan tanh_slope
fn gate_situ_glu_value(x: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32) -> f32 {
    return select(act_softcap(x, cap, inverse_cap, inverse_cap_low, 0.0), x, cap > 3.4028234663852886e38);
}

// y times the derivative of a capped x.
fn gate_situ_glu_times_slope(y: f32, x: f32, cap: f32, inverse_cap: f32, inverse_cap_low: f32) -> f32 {
    let argument = act_softcap_argument(x, inverse_cap, inverse_cap_low);
    let product = math_times_tanh_slope(y, argument.high, argument.low);
    return select(product, y, cap > 3.4028234663852886e38);
}

fn gate_situ_glu(value: f32, gate: f32, gate_cap: f32, value_cap: f32, inverse_gate_cap: f32, inverse_gate_cap_low: f32, inverse_value_cap: f32, inverse_value_cap_low: f32) -> f32 {
    let t = act_softcap(gate, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let v = gate_situ_glu_value(value, value_cap, inverse_value_cap, inverse_value_cap_low);
    return math_keep_nan(gate, math_keep_nan(value, math_scale(v, math_times_logistic(t, gate, 0.0))));
}

fn gate_situ_glu_backward(value: f32, gate: f32, dy: f32, gate_cap: f32, value_cap: f32, inverse_gate_cap: f32, inverse_gate_cap_low: f32, inverse_value_cap: f32, inverse_value_cap_low: f32) -> vec2<f32> {
    let t = act_softcap(gate, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let v = gate_situ_glu_value(value, value_cap, inverse_value_cap, inverse_value_cap_low);
    let own = math_times_logistic(t, gate, 0.0);
    let d_value = math_scale(dy, gate_situ_glu_times_slope(own, value, value_cap, inverse_value_cap, inverse_value_cap_low));
    let slope = act_softcap_backward(gate, 1.0, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let sum = slope + math_scale(t, math_logistic(-gate, 0.0));
    let factors = math_factors(dy, v);
    let d_gate = math_by_second(math_scale(factors.x, math_times_logistic(sum, gate, 0.0)), factors);
    return vec2<f32>(
        math_keep_nan(gate, math_keep_nan(value, d_value)),
        math_keep_nan(gate, math_keep_nan(value, d_gate)),
    );
}
