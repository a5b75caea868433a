// hardmax over a row: 1 at the first of its largest elements, 0 elsewhere; all gradients are 0
// Elements are ordered by their values, and equal ones by their numbers. Where all of a row is minus infinity, 0.
// needs: nan

// `term` is 1 for the first of the largest, and `rest` the sum of all others: 0, or NaN.
fn row_hardmax(term: f32, top: f32, rest: f32) -> f32 {
    return math_keep_nan(rest, select(term, 0.0, top < -3.4028234663852886e38));
}
