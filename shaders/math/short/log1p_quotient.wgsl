// 16 bits: as ../log1p_quotient.wgsl.

// log(1 + e) / e on [0, 1], relative error 2^-19.57 (minimax.py: short_log1p).
fn math_log1p_quotient(e: f32) -> f32 {
    return 0.999998748 + e * (-0.499870121 + e * (0.331098199 + e * (-0.235051289 + e * (0.149244964
        + e * (-0.0664186329 + e * 0.0141461929)))));
}
