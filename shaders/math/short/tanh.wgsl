// 16 bits: as ../tanh.wgsl, one rational function of x: no builtin has a relative error near 0.
// needs: divide

fn math_tanh(x: f32) -> f32 {
    let bounded = clamp(x, -6.25, 6.25);
    let z = bounded * bounded;
    // tanh(x) / x on [0, 6.25], relative error 2^-21.14 (minimax.py: short_tanh).
    let above = 0.999999583 + z * (0.124125294 + z * (0.00237691239 + z * 0.00000442128157));
    let below = 1.0 + z * (0.457455188 + z * (0.0215333719 + z * 0.000153391564));
    return math_quotient(bounded * above, below);
}
