// cross_entropy of a row of logits z[k] = scale * x[k], `size` being abs(scale) and `sign` 1 or -1, against weights t[k]: the sum over k of
// t[k] * (log(sum of exp(z[j]) over j) - z[k]), one result for the row. t[k] = keep * p[k] + share, with keep = 1 - smoothing and share =
// smoothing / n; p[k] is the target's probability, or 1 at the target's label and 0 elsewhere.
// backward: dx[k] = scale * dy * (sum of t * exp(z[k]) / sum of exp(z[j]) over j - t[k])
// No term is negative, so none cancels: the loss keeps its digits where it is next to 0. What is masked passes nothing on.
// needs: beyond divide exp_difference nan scale scaled_difference terms

// A weight times how far an element is below the largest one. Either by itself may be beyond f32 where their product is not; an infinite
// distance that has no weight is nothing.
fn row_cross_entropy_distance(ranked: f32, top: f32, size: f32, weight: f32) -> f32 {
    return select(-math_scaled_difference(ranked, top, size * weight), 0.0, weight == 0.0);
}

// Of labels: 0 where they are ignored, and NaN where no element has them.
fn row_cross_entropy_counted(result: f32, label: u32, length: u32, ignored: u32) -> f32 {
    return select(select(result, math_undefined(result), label >= length), 0.0, label == ignored);
}

// `ranked` is the label's element, `logarithm` that of the sum, relative to the largest element, and `distances` the sum of what all share.
fn row_cross_entropy(ranked: f32, top: f32, logarithm: f32, distances: f32, size: f32, keep: f32) -> f32 {
    let own = row_cross_entropy_distance(ranked, top, size, keep);
    let loss = logarithm + (own + distances);
    return math_keep_nan(logarithm, select(loss, -top, top < -3.4028234663852886e38));
}

// What all elements but the largest have of the sum.
fn row_cross_entropy_others(ties: f32, rest: f32) -> f32 {
    return math_quotient((ties - 1.0) + rest, ties + rest);
}

fn row_cross_entropy_backward(term: f32, ranked: f32, is_label: bool, dy: f32, inverse: f32, others: f32, size: f32, sign: f32,
    keep: f32, share: f32, smoothing: f32) -> f32 {
    let y = term * inverse;
    // Where the label's element has most of the sum, what the others have is all that is left of 1 - y.
    let of_label = select(y - (keep + share), (smoothing - share) - others, y > 0.5);
    let gradient = (sign * size) * math_scale(dy, select(y - share, of_label, is_label));
    return math_keep_nan(inverse, select(gradient, 0.0, ranked < -3.4028234663852886e38));
}

fn row_cross_entropy_weight(p: f32, keep: f32, share: f32) -> f32 {
    return keep * p + share;
}

fn row_cross_entropy_probabilities_term(ranked: f32, p: f32, top: f32, size: f32, keep: f32, share: f32) -> f32 {
    return row_cross_entropy_distance(ranked, top, size, row_cross_entropy_weight(p, keep, share));
}

// `weights` is the sum of all t[k].
fn row_cross_entropy_probabilities(top: f32, logarithm: f32, distances: f32, weights: f32) -> f32 {
    let loss = math_scale(logarithm, weights) + distances;
    return math_keep_nan(logarithm, select(loss, -top, top < -3.4028234663852886e38));
}

fn row_cross_entropy_probabilities_backward(term: f32, ranked: f32, p: f32, dy: f32, inverse: f32, weights: f32, size: f32, sign: f32,
    keep: f32, share: f32) -> f32 {
    let weight = row_cross_entropy_weight(p, keep, share);
    let gradient = (sign * size) * math_scale(dy, math_scale(weights, term * inverse) - weight);
    return math_keep_nan(inverse, select(gradient, 0.0, ranked < -3.4028234663852886e38));
}
