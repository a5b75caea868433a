// What rows take of a sum of exponentials that leaves the largest element out, once for each: `rest` is the sum of all others, and the largest
// occurs `ties` times, with 1 each.
// needs: divide log nan

// What exponentials are multiplied by.
fn math_terms_inverse(ties: f32, rest: f32) -> f32 {
    return math_keep_nan(rest, math_quotient(1.0, ties + rest));
}

fn math_terms_logarithm(ties: f32, rest: f32) -> f32 {
    return math_keep_nan(rest, math_log1p((ties - 1.0) + rest));
}
