// 16 bits: as ../sine.wgsl.

// Relative error of the polynomial 2^-18.95 (minimax.py: short_sine).
fn math_sine(angle: f32, low: f32) -> f32 {
    let square = angle * angle;
    return angle + (low + (angle * square) * (-0.166632786 + square * 0.00816041976));
}

// Relative error of the polynomial 2^-20.98 (minimax.py: short_versine).
fn math_versed_sine(angle: f32, low: f32) -> f32 {
    let square = angle * angle;
    return 0.5 * square + (angle * low + (square * square) * (-0.0416624658 + square * 0.00136731856));
}
