// 16 bits: as ../sin.wgsl. Beyond 1e5, the angle counts as 0.
// needs: sine

fn math_sin(x: f32, quarters: i32) -> f32 {
    let bounded = select(0.0, x, abs(x) <= 1e5);
    // 1 / pi (minimax.py: short_inverse_pi). The first word alone is right to 2^-14.7: a driver may flush the product of a small x with the second.
    let turns = math_half_turns(bounded, vec3<f32>(0.31829834, 1.15465373e-5, -1.97239405e-10), 0.5 * f32(quarters));
    return math_signed_sine(turns.x, turns.y);
}
