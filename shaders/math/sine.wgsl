// sin(angle + low), and 1 - cos(angle + low), for abs(angle) <= 0.7926 and a low word of at most 2^-25: more than pi/4, for who takes
// off a multiple of pi/2 that is not quite the nearest.

// Error 0.8 ULP; relative error of the polynomial 2^-27.83 (minimax.py: sine).
fn math_sine(angle: f32, low: f32) -> f32 {
    let square = angle * angle;
    return angle + (low + (angle * square)
        * (-0.166666538 + square * (0.00833210628 + square * -0.000195078886)));
}

// Relative error of the polynomial 2^-30.06 (minimax.py: versine).
fn math_versed_sine(angle: f32, low: f32) -> f32 {
    let square = angle * angle;
    return 0.5 * square + (angle * low + (square * square)
        * (-0.041666653 + square * (0.00138876121 + square * -2.44611711e-5)));
}
