// Where only the GPU knows a factor: what math_factor_power takes of its size. The step has 12 bits, whose products with the factor's parts are
// exact, and ln 2 two words (minimax.py: exp_ln2). For factors up to 2^126, and right for those from 1e-34.
// needs: divide fence split

fn math_factor_words(factor: f32) -> array<f32, 3> {
    let size = abs(factor);
    let zero = bitcast<u32>(size * size) & 0x80000000u; // no square is negative
    let step = math_truncate(math_quotient(0.693359375, max(size, 1.17549435e-38)));
    let high = math_truncate(size);
    let rest = math_fence(step * high - 0.693359375, zero) + (step * math_low(size, high) + 0.000212194442);
    return array<f32, 3>(size * 1.44269502, step, rest);
}
