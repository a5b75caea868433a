// logsumexp over a row, `size` being abs(scale) and `sign` 1 or -1: log(sum of exp(scale * x[j]) over j), one result for the row
// backward: dx[k] = scale * dy * exp(scale * x[k]) / sum of exp(scale * x[j]) over j
// Where all of a row is minus infinity, minus infinity, and no gradient.
// needs: divide exp_difference log nan scale

// `rest` is the sum of terms but those of the largest element, which occurs `ties` times.
fn row_logsumexp(top: f32, ties: f32, rest: f32, size: f32) -> f32 {
    return math_keep_nan(rest, size * top + math_log1p((ties - 1.0) + rest));
}

fn row_logsumexp_backward(term: f32, ranked: f32, dy: f32, ties: f32, rest: f32, size: f32, sign: f32) -> f32 {
    let y = select(math_quotient(term, ties + rest), 0.0, ranked < -3.4028234663852886e38);
    return math_keep_nan(rest, (sign * size) * math_scale(dy, y));
}
