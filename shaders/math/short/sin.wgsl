// 16 bits: as ../sin.wgsl. Beyond 1e5, the angle counts as 0.
// needs: sine

fn math_sin(x: f32, quarters: i32) -> f32 {
    // 1 / pi (minimax.py: inverse_pi)
    return math_half_turns_sine(x, vec3<f32>(0.318359375, -4.94867563e-5, -2.05988449e-9), 0.5 * f32(quarters));
}
