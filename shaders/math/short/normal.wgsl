// 16 bits: as ../normal.wgsl, z in one word.
// needs: normal_tail product

fn math_normal(z: MathProduct) -> f32 {
    let tail = math_times_normal_tail(1.0, math_normal_size(z.high));
    return select(tail, 1.0 - tail, z.high > 0.0);
}
