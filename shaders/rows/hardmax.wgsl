// hardmax over a row: 1 at the first of its largest elements, 0 elsewhere; all gradients are 0
// Elements are ordered by their values, and equal ones by their numbers. Where all of a row is minus infinity, 0.
// needs: nan

// `rest` is the sum of all but the first of the largest: 0, or NaN.
fn row_hardmax(is_largest: bool, top: f32, rest: f32) -> f32 {
    return math_keep_nan(rest, select(0.0, 1.0, is_largest && top >= -3.4028234663852886e38));
}
