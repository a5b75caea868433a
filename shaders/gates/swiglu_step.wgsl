// swiglu_step: min(silu(gate), limit) * v, where v = min(max(value, -limit), limit)
// derivatives: 0 by value from abs(value) = limit on, 0 by gate from silu(gate) = limit on; an infinite limit is none
// edge is the first gate whose silu is the limit or more: a computed silu may be off by an ulp, and on the other side.
// Calls act_silu.
// needs: clip factors nan
fn gate_swiglu_step_own(gate: f32, limit: f32, edge: f32) -> f32 {
    return select(act_silu(gate), limit, gate >= edge);
}

fn gate_swiglu_step(value: f32, gate: f32, limit: f32, edge: f32) -> f32 {
    let y = math_scale(math_clip(value, -limit, limit), gate_swiglu_step_own(gate, limit, edge));
    return math_keep_nan(gate, math_keep_nan(value, y));
}

fn gate_swiglu_step_backward(value: f32, gate: f32, dy: f32, limit: f32, edge: f32) -> vec2<f32> {
    let endless = limit > 3.4028234663852886e38;
    let inside = abs(value) < limit || endless;
    let factors = math_factors(dy, math_clip(value, -limit, limit));
    let d_value = select(0.0, math_scale(dy, gate_swiglu_step_own(gate, limit, edge)), inside);
    let gradient = math_by_second(act_silu_backward(gate, factors.x), factors);
    let d_gate = select(0.0, gradient, gate < edge || endless);
    return vec2<f32>(
        math_keep_nan(gate, math_keep_nan(value, d_value)),
        math_keep_nan(gate, math_keep_nan(value, d_gate)),
    );
}
