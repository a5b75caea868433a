// smelu: x <= -beta ? 0 : x < beta ? (x + beta)^2 / (4 * beta) : x
// derivative: min(max((x + beta) / (2 * beta), 0), 1)
// second derivative: -beta < x < beta ? 1 / (2 * beta) : 0       at -beta: 0, at beta: 0
// needs: nan

// Half of x + beta, which is exact beside its zero, and its quotient by beta: the host divides.
fn act_smelu(x: f32, beta: f32, inverse_beta: f32) -> f32 {
    let half = 0.5 * x + 0.5 * beta;
    return math_keep_nan(x, select(select(0.0, half * (half * inverse_beta), x > -beta), x, x >= beta));
}

fn act_smelu_backward(x: f32, dy: f32, beta: f32, inverse_beta: f32) -> f32 {
    let slope = (0.5 * x + 0.5 * beta) * inverse_beta;
    return math_keep_nan(x, math_scale(dy, select(select(0.0, slope, x > -beta), 1.0, x >= beta)));
}

fn act_smelu_second(x: f32, dy: f32, beta: f32, inverse_beta: f32) -> f32 {
    return math_keep_nan(x, select(0.0, dy * (0.5 * inverse_beta), x > -beta && x < beta));
}
