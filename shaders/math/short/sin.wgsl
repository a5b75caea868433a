// 16 bits: as ../sin.wgsl. Where an f16 or bf16 up to 1e5 comes nearest to a multiple of pi/2, some 2^-17 is left: four words of pi/2 do.
// Beyond, the angle counts as 0.
// needs: fence

fn math_sin(x: f32, quarters: i32) -> f32 {
    let bounded = select(0.0, x, abs(x) <= 1e5);
    let n = floor(bounded * 0.636619747 + 0.5); // 2 / pi

    // pi/2 (minimax.py: short_half_pi): the products with the first three words are exact, and each difference is where it cancels.
    let zero = bitcast<u32>(n * n) & 0x80000000u; // no square is negative
    let head = math_fence(math_fence(bounded - n * 1.5703125, zero) - n * 0.000484466553, zero);
    let angle = math_fence(head - n * -6.40749931e-7, zero) - n * 9.92093629e-10;

    let z = angle * angle;
    // sin(angle) and 1 - cos(angle), relative errors 2^-18.95 and 2^-20.98 (minimax.py: short_sine, short_versine).
    let sine = angle + (angle * z) * (-0.166632786 + z * 0.00816041976);
    let versine = 0.5 * z + (z * z) * (-0.0416624658 + z * 0.00136731856);
    let turn = u32(i32(n) + quarters) & 3u;
    let result = select(sine, 1.0 - versine, (turn & 1u) == 1u);
    return select(result, -result, turn >= 2u);
}
