// clamped_swiglu: g * s(slope * g) * (v + offset), where g = min(gate, limit), v = min(max(value, -limit), limit)
// derivatives: 0 by value from abs(value) = limit on, 0 by gate from gate = limit on; an infinite limit is none
// Calls act_swish.
// needs: clip factors nan
fn gate_clamped_swiglu(value: f32, gate: f32, limit: f32, slope: f32, offset: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let g = select(gate, limit, gate > limit);
    let v = math_clip(value, -limit, limit);
    return math_keep_nan(gate, math_keep_nan(value, math_scale(v + offset, act_swish(g, slope, rate, step, rest))));
}

fn gate_clamped_swiglu_backward(value: f32, gate: f32, dy: f32, limit: f32, slope: f32, offset: f32, rate: f32, step: f32, rest: f32) -> vec2<f32> {
    let endless = limit > 3.4028234663852886e38;
    let open = gate < limit || endless;
    let inside = abs(value) < limit || endless;
    let g = select(limit, gate, open);
    let factors = math_factors(dy, math_clip(value, -limit, limit) + offset);
    let d_value = select(0.0, math_scale(dy, act_swish(g, slope, rate, step, rest)), inside);
    let d_gate = select(0.0, math_by_second(act_swish_backward(g, factors.x, slope, rate, step, rest), factors), open);
    // Neither select sees a NaN: it would be a gate that is shut.
    return vec2<f32>(
        math_keep_nan(gate, math_keep_nan(value, d_value)),
        math_keep_nan(gate, math_keep_nan(value, d_gate)),
    );
}
