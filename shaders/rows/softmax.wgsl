// softmax over a row, `size` being abs(scale) and `sign` 1 or -1: exp(scale * x[k]) / sum of exp(scale * x[j]) over j
// backward from the output: dx[k] = scale * y[k] * (dy[k] - sum of y[j] * dy[j] over j); backward: the same, y computed anew
// Terms are 1 for the largest element. `low` is what the exponent has besides. Where all of a row is minus infinity, 0.
// needs: divide exp_difference nan scale

// `rest` is the sum of terms but those of the largest element, which occurs `ties` times.
fn row_softmax(term: f32, top: f32, ties: f32, rest: f32) -> f32 {
    let y = select(math_quotient(term, ties + rest), 0.0, top < -3.4028234663852886e38);
    return math_keep_nan(rest, y);
}

fn row_softmax_backward_from_output_term(y: f32, dy: f32) -> f32 {
    return math_scale(dy, y);
}

fn row_softmax_backward_from_output(y: f32, dy: f32, sum: f32, size: f32, sign: f32) -> f32 {
    return (sign * size) * math_scale(dy - sum, y);
}

// What y[k] * dy[k] is of the sum of terms.
fn row_softmax_backward_term(term: f32, dy: f32) -> f32 {
    return math_scale(dy, term);
}

// `products` is the sum of those.
fn row_softmax_backward(term: f32, dy: f32, top: f32, ties: f32, rest: f32, products: f32, size: f32, sign: f32) -> f32 {
    let y = row_softmax(term, top, ties, rest);
    return row_softmax_backward_from_output(y, dy, math_quotient(products, ties + rest), size, sign);
}
