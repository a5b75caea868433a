// tanhshrink: x - tanh(x)
// derivative: tanh(x)^2
// second derivative: 2 * tanh(x) * (1 - tanh(x)^2)
// needs: nan divide power tanh_slope

// x^3 times a polynomial below 1, where a difference would cancel; beyond, (abs(x) - 1) + (1 - tanh(abs(x))). NaN comes back through either.
fn act_tanhshrink(x: f32) -> f32 {
    let a = abs(x);
    let z = a * a;
    // (a - tanh(a)) / a^3 on [0, 1], relative error 2^-24.99 (minimax.py: tanhshrink).
    let t = 0.333333343 + z * (-0.133334041 + z * (0.0539769381 + z * (-0.0219053533
        + z * (0.00890373252 + z * (-0.00349705294 + z * (0.00112796738 + z * -0.000199696748))))));
    let far = (a - 1.0) + math_tanh_rest(a);
    let result = select(far, (a * z) * t, a < 1.0);
    return bitcast<f32>(bitcast<u32>(result) | (bitcast<u32>(x) & 0x80000000u));
}

// (E - 2 + 1/E) / (E + 2 + 1/E) with E = exp(2 abs(x)); near 0 a polynomial. The square of tanh(x) would
// double its error.
fn act_tanhshrink_backward(x: f32, dy: f32) -> f32 {
    let a = min(abs(x), 20.0);
    let z = a * a;
    // tanh(a)^2 = z + z^2 t(z) on [0, 0.7], relative error 2^-31.91 (minimax.py: tanh_square).
    let t = -0.666666627 + z * (0.377775729 + z * (-0.196789205 + z * (0.0971883163
        + z * (-0.0452736802 + z * (0.0180718526 + z * -0.00439755991)))));
    let power = math_power(2.0 * a, 0.0);
    let s = math_shift(1.0, power.bits);
    let rest = s * math_exp_near(0.0, power.rest);
    let small = rest + math_quotient(1.0, s + rest);
    let far = math_quotient((s - 2.0) + small, (s + 2.0) + small);
    return math_keep_nan(x, math_scale(dy, select(far, z + (z * z) * t, a < 0.7)));
}

fn act_tanhshrink_second(x: f32, dy: f32) -> f32 {
    return math_keep_nan(x, math_scale(dy, math_times_tanh_bend(select(2.0, -2.0, x < 0.0), abs(x), 0.0)));
}
