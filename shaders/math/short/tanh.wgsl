// 16 bits: as ../tanh.wgsl, one rational function of x: no builtin has a relative error near 0.
// needs: divide

fn math_tanh(x: f32) -> f32 {
    let bounded = clamp(x, -6.25, 6.25);
    let z = bounded * bounded;
    // tanh(x) / x on [0, 6.25], relative error 2^-21.04 (minimax.py: short_tanh).
    let above = 1.0 + z * (0.124186613 + z * (0.0023822682 + z * 0.00000444619172));
    let below = 1.0 + z * (0.457517594 + z * (0.0215586312 + z * 0.000153967834));
    return math_quotient(bounded * above, below);
}
