// 16 bits: as ../snake_alpha.wgsl, u * (2 x cos(t) - u) with u = sin(t) / alpha, which is x for a small t. One reduction serves sine and
// cosine: quarter turns are taken off, and an odd one makes them each other's. What sign both have then does not matter.
// needs: sine versine

fn math_snake_alpha(x: f32, alpha: f32, half_inverse: f32) -> f32 {
    let turns = math_half_turns(x, 2.0 * math_over_pi(alpha), 0.0);
    let z = turns.y * turns.y;
    // 2 sin(pi/2 rest) and 2 cos(pi/2 rest). Relative errors 2^-25.09 and 2^-24.51 (minimax.py: short_quarter_sine, short_quarter_cosine).
    let sine = turns.y * (3.14159274 + z * (-1.29193306 + z * (0.159421086 + z * -0.00935816951)));
    let cosine = 2.0 + z * (-2.46739507 + z * (0.507201135 + z * -0.0408170559));
    let odd = (bitcast<u32>(turns.x + 12582912.0) & 1u) == 1u; // 1.5 * 2^23: the sum's last bit is that of the whole number
    let u = select(half_inverse * select(sine, cosine, odd), x, abs(alpha * x) < 0.0001220703125); // 2^-13
    let derivative = u * (x * select(cosine, -sine, odd) - u);
    return select(0.0, derivative, abs(turns.x) < 32768.0);
}
