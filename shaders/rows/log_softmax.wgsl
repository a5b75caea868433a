// log_softmax over a row, `size` being abs(scale) and `sign` 1 or -1: scale * x[k] - log(sum of exp(scale * x[j]) over j)
// backward from the output: dx[k] = scale * (dy[k] - exp(y[k]) * sum of dy[j] over j); backward: the same, y computed anew
// The largest element is taken out of the sum, and what is left beside it counts: so the result keeps its digits where it is next to 0.
// Where all of a row is minus infinity, minus infinity.
// needs: exp_difference nan scale scale_exp scaled_difference terms

// `logarithm` is that of the sum, relative to the largest element.
fn row_log_softmax(ranked: f32, top: f32, low: f32, logarithm: f32, size: f32) -> f32 {
    let y = (math_scaled_difference(ranked, top, size) + low) - logarithm;
    return math_keep_nan(logarithm, select(y, ranked, ranked < -3.4028234663852886e38));
}

// What is masked passes nothing on.
fn row_log_softmax_backward_from_output(y: f32, dy: f32, sum: f32, size: f32, sign: f32) -> f32 {
    let gradient = (sign * size) * (dy - math_scale_exp(sum, y));
    return math_keep_nan(y, select(gradient, 0.0, y < -3.4028234663852886e38));
}

// As an infinite one leaves all others. `sum` is that of dy.
fn row_log_softmax_backward(term: f32, ranked: f32, dy: f32, top: f32, inverse: f32, sum: f32, size: f32, sign: f32) -> f32 {
    let gradient = (sign * size) * (dy - math_scale(sum, term * inverse));
    let masked = ranked < -3.4028234663852886e38 || (top > 3.4028234663852886e38 && ranked != top);
    return math_keep_nan(inverse, select(gradient, 0.0, masked));
}
