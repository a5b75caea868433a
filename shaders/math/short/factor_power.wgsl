// 16 bits: as ../factor_power.wgsl. What stands for the power is the exponent to base 2 in one word, of any size: the short forms take
// infinity.

fn math_factor_power(x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    return x * rate;
}

fn math_factor_at_most(x: f32, step: f32, steps: f32) -> f32 {
    return x;
}

fn math_factor_bound(step: f32, steps: f32) -> f32 {
    return 3.4028234663852886e38;
}

fn math_factor_one(step: f32) -> f32 {
    return 1.0;
}
