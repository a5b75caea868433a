// situ_glu: t * s(gate) * v, where t = gate_cap * tanh(gate / gate_cap), v = value_cap * tanh(value / value_cap)
// derivatives: t * s * (1 - (v / value_cap)^2) by value, s * (1 - (t / gate_cap)^2 + t * (1 - s)) * v by gate; an infinite cap is none
// Calls act_softcap, whose last argument only its gradient from the output reads.
// needs: factors logistic nan
fn gate_situ_glu(value: f32, gate: f32, gate_cap: f32, value_cap: f32, inverse_gate_cap: f32, inverse_gate_cap_low: f32, inverse_value_cap: f32, inverse_value_cap_low: f32) -> f32 {
    let t = act_softcap(gate, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let v = act_softcap(value, value_cap, inverse_value_cap, inverse_value_cap_low, 0.0);
    return math_keep_nan(gate, math_keep_nan(value, math_scale(v, math_times_logistic(t, gate, 0.0))));
}

fn gate_situ_glu_backward(value: f32, gate: f32, dy: f32, gate_cap: f32, value_cap: f32, inverse_gate_cap: f32, inverse_gate_cap_low: f32, inverse_value_cap: f32, inverse_value_cap_low: f32) -> vec2<f32> {
    let t = act_softcap(gate, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let v = act_softcap(value, value_cap, inverse_value_cap, inverse_value_cap_low, 0.0);
    let own = math_times_logistic(t, gate, 0.0);
    let d_value = math_scale(act_softcap_backward(value, dy, value_cap, inverse_value_cap, inverse_value_cap_low, 0.0), own);
    let slope = act_softcap_backward(gate, 1.0, gate_cap, inverse_gate_cap, inverse_gate_cap_low, 0.0);
    let rest = math_scale(t, math_logistic(-gate, 0.0));
    let factors = math_factors(dy, v);
    let d_gate = math_scale(factors.y, math_scale(factors.x, math_times_logistic(slope + rest, gate, 0.0)));
    return vec2<f32>(
        math_keep_nan(gate, math_keep_nan(value, d_value)),
        math_keep_nan(gate, math_keep_nan(value, d_gate)),
    );
}
