// logsumexp over a row, `size` being abs(scale) and `sign` 1 or -1: log(sum of exp(scale * x[j]) over j), one result for the row
// backward: dx[k] = scale * dy * exp(scale * x[k]) / sum of exp(scale * x[j]) over j
// Where all of a row is minus infinity, minus infinity, and no gradient.
// needs: exp_difference nan scale terms

// `logarithm` is that of the sum, relative to the largest element.
fn row_logsumexp(top: f32, logarithm: f32, size: f32) -> f32 {
    return math_keep_nan(logarithm, size * top + logarithm);
}

fn row_logsumexp_backward(term: f32, ranked: f32, dy: f32, inverse: f32, size: f32, sign: f32) -> f32 {
    let y = select(term * inverse, 0.0, ranked < -3.4028234663852886e38);
    return math_keep_nan(inverse, (sign * size) * math_scale(dy, y));
}
