// clamped_swiglu: g * s(slope * g) * (v + 1), where g = min(gate, limit), v = min(max(value, -limit), limit)
// derivatives: 0 by value from abs(value) = limit on, 0 by gate from gate = limit on
// Calls act_swish.
// needs: nan factors
fn gate_clamped_swiglu(value: f32, gate: f32, limit: f32, slope: f32) -> f32 {
    let g = select(gate, limit, gate > limit);
    let v = select(select(value, limit, value > limit), -limit, value < -limit);
    return math_keep_nan(gate, math_keep_nan(value, math_scale(v + 1.0, act_swish(g, slope))));
}

fn gate_clamped_swiglu_backward(value: f32, gate: f32, dy: f32, limit: f32, slope: f32) -> vec2<f32> {
    let open = gate < limit;
    let inside = abs(value) < limit;
    let g = select(limit, gate, open);
    let v = select(select(limit, -limit, value < 0.0), value, inside);
    let factors = math_factors(dy, v + 1.0);
    let d_value = select(0.0, math_scale(dy, act_swish(g, slope)), inside);
    let d_gate = select(0.0, math_scale(factors.y, act_swish_backward(g, factors.x, slope)), open);
    // Neither select sees a NaN: it would be a gate that is shut.
    return vec2<f32>(
        math_keep_nan(gate, math_keep_nan(value, d_value)),
        math_keep_nan(gate, math_keep_nan(value, d_gate)),
    );
}
