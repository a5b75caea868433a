// 16 bits: as ../log.wgsl, by the builtin, but beside 1. The builtin is off by an absolute 2^-21 there.
// needs: beyond divide

// log(1 + f) for f on [-0.2, 0.25], relative error 2^-20.36 (minimax.py: short_log).
fn math_log_near(f: f32) -> f32 {
    return f * (1.00000048 + f * (-0.499991119 + f * (0.333159566 + f * (-0.250833094 + f * (0.209996492 + f * -0.155779332)))));
}

fn math_log_inside(f: f32, argument: f32) -> f32 {
    return select(log(argument), math_log_near(f), f > -0.2 && f < 0.25);
}

// log(1 + f). The limits where the argument, 1 + f, is 0 or infinite, and NaN where it is negative; subnormal ones, which a builtin may get
// wrong, count as 0.
fn math_log_of(f: f32, argument: f32) -> f32 {
    let inside = math_log_inside(f, argument);
    let infinity = math_infinity(abs(argument));
    let above = select(inside, infinity, argument > 3.4028234663852886e38);
    return select(select(math_undefined(argument), -infinity, argument > -1.17549435e-38), above, argument >= 1.17549435e-38);
}

fn math_log(x: f32) -> f32 {
    return math_log_of(x - 1.0, x);
}

fn math_log1p(x: f32) -> f32 {
    return math_log_of(x, 1.0 + x);
}

// log((1 - m) / m) for m from 0 to 1/2. A subnormal one counts as 0.
fn math_log_odds(m: f32) -> f32 {
    let f = math_quotient(1.0 - 2.0 * m, m);
    return select(math_infinity(abs(m)), math_log_inside(f, 1.0 + f), m >= 1.17549435e-38);
}
