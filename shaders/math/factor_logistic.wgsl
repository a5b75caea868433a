// logistic.wgsl's functions at factor * x, whose words are those of factor_power.wgsl: for every x but NaN.
// needs: factor_power logistic

struct MathFactorLogistic {
    power: MathPower, // of abs(factor * x), up to a bound
    size: f32,        // of x, up to that bound
    positive: bool,   // whether factor * x is
    beyond: bool,     // whether x is
}

fn math_factor_logistic(x: f32, factor: f32, rate: f32, step: f32, rest: f32, steps: f32) -> MathFactorLogistic {
    let size = min(abs(x), math_factor_bound(step, steps));
    let power = math_factor_power(size, abs(factor), rate, step, rest);
    return MathFactorLogistic(power, size, factor != 0.0 && (x > 0.0) == (factor > 0.0), abs(x) > steps * step);
}

// 1 - factor * x for x from 0, exact beside its zero but for a last rounding: 1 is 1.5 ln 2 and a rest (minimax.py: factor_one).
fn math_factor_less(x: f32, factor: f32, step: f32, rest: f32) -> f32 {
    return (1.5 * step - x) * factor - (1.5 * rest + 0.03972077);
}

// y * s(factor * x)
fn math_times_factor_logistic(y: f32, x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let at = math_factor_logistic(x, factor, rate, step, rest, 213.0);
    return math_times_logistic_by(y, at.power, at.positive, at.beyond);
}

// y times the derivative of x s(factor * x), for a y from 2^-60 to 2^60 in size. Exactly 0 where factor * x is below -122.
fn math_times_factor_logistic_slope(y: f32, x: f32, factor: f32, rate: f32, step: f32, rest: f32) -> f32 {
    let at = math_factor_logistic(x, factor, rate, step, rest, 176.0);
    let scaled = math_own_logistic_slope_scaled(at.power, math_factor_less(at.size, abs(factor), step, rest));
    let tail = select((8.67361738e-19 * y) * scaled, 0.0, at.beyond);
    return select(tail, y - tail, at.positive);
}
