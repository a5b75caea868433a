// What formulas are made of, beside functions of the table. `+ - *` and a comparison's `<` are WGSL's own.
// NaN in any operand gives NaN, in a choice too: a driver that assumes that there is none may take either side.
// needs: nan divide

fn formula_minimum(a: f32, b: f32) -> f32 {
    return math_keep_nan(a, math_keep_nan(b, select(b, a, a < b)));
}

fn formula_maximum(a: f32, b: f32) -> f32 {
    return math_keep_nan(a, math_keep_nan(b, select(b, a, a > b)));
}

// What was chosen by comparing a and b.
fn formula_choice(a: f32, b: f32, chosen: f32) -> f32 {
    return math_keep_nan(a, math_keep_nan(b, chosen));
}

// dy / divisor, but 0 where the divisor is infinite, whatever dy is: the derivative is 0. By bits, as NaN is found.
fn formula_over(dy: f32, divisor: f32) -> f32 {
    let is_infinite = (bitcast<u32>(divisor) & 0x7fffffffu) == 0x7f800000u;
    return select(math_divide(dy, divisor), 0.0, is_infinite);
}
