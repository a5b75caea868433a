// y * log(1 + exp(a)) for a = high + low from -174 to 0 (see exp.wgsl). Error 1.7 ULP for y = 1, 2.7 for others.
// log(1 + e) = e + e^2 q(e) with e = exp(a), and e's last rounding left to the sum. Rejected: a series in
// w = e / (2 + e), which is shorter, but its division costs more than the terms it saves and rounds e twice.
// needs: exp

fn math_times_log1p_exp(y: f32, high: f32, low: f32) -> f32 {
    let parts = math_exp_parts(high, low);
    let half = parts.exponent >> 1u;
    let first = math_power_of_two(half);
    let second = math_power_of_two(parts.exponent - half);
    let e = (first + first * parts.rest) * second;
    // On [0, 1], relative error 2^-27.49 (minimax.py: log1p).
    let q = -0.499999315 + e * (0.333304793 + e * (-0.24958317 + e * (0.196942508 + e * (-0.153525844
        + e * (0.106764153 + e * (-0.0576281473 + e * (0.0201871209 + e * -0.0033149214)))))));
    let bend = e * q;
    let rest = parts.rest + (bend + parts.rest * bend); // 2^n (1 + rest) is the logarithm
    // As in math_times_exp: y may well bring a subnormal logarithm back among the normal numbers.
    let scaled = y * first;
    return (scaled + scaled * rest) * second;
}
