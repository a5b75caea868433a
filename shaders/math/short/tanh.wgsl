// 16 bits: as ../tanh.wgsl, one rational function of x: no builtin has a relative error near 0.
// needs: divide

fn math_tanh(x: f32) -> f32 {
    // From here on it counts as what it is here, 2.6e-6 below 1. Up to 6.25, where the fit ends, that would be 7e-6: situ_glu, which
    // multiplies two of these, came out 0.528 ULP off.
    let bounded = clamp(x, -6.45, 6.45);
    let z = bounded * bounded;
    // tanh(x) / x on [0, 6.25], relative error 2^-21.04 (minimax.py: short_tanh); up to 6.45, 2.4e-6.
    let above = 1.0 + z * (0.124186613 + z * (0.0023822682 + z * 0.00000444619172));
    let below = 1.0 + z * (0.457517594 + z * (0.0215586312 + z * 0.000153967834));
    return math_quotient(bounded * above, below);
}
