// sparsemax over a row (Martins and Astudillo 2016), `size` being abs(scale): max(scale * x[k] - t, 0), where t makes the sum 1
// backward: dx[k] = scale * (dy[k] - mean of dy[j] over the support), where y[k] > 0, else 0
// Distances from the largest element and the threshold t are from -1 to 0. Newton's iteration from -1 on: the mean of what is above the
// threshold, less one over how many they are, is the next one. The sum is convex and falls in pieces of straight lines, so that each step stays
// on one side, and divides the excess or its slope by 2 at least: 36 rounds are enough for any row. Where all of it is minus infinity, 0.
// needs: divide nan scaled_difference
fn row_sparsemax_distance(ranked: f32, top: f32, size: f32, low: f32) -> f32 {
    return math_scaled_difference(ranked, top, size) + low;
}

fn row_sparsemax_term(ranked: f32, top: f32, size: f32, low: f32, threshold: f32) -> f32 {
    let distance = row_sparsemax_distance(ranked, top, size, low);
    return select(0.0, distance, distance > threshold);
}

fn row_sparsemax_part(ranked: f32, top: f32, size: f32, low: f32, threshold: f32, value: f32) -> f32 {
    return select(0.0, value, row_sparsemax_distance(ranked, top, size, low) > threshold);
}

fn row_sparsemax_threshold(sum: f32, count: f32) -> f32 {
    return math_keep_nan(sum, math_quotient(sum - 1.0, count));
}

fn row_sparsemax(ranked: f32, top: f32, size: f32, low: f32, threshold: f32) -> f32 {
    let distance = row_sparsemax_distance(ranked, top, size, low);
    let y = select(0.0, distance - threshold, distance > threshold && top >= -3.4028234663852886e38);
    return math_keep_nan(threshold, y);
}

// `mean` is that of dy over the support.
fn row_sparsemax_backward(y: f32, dy: f32, mean: f32, size: f32, sign: f32) -> f32 {
    return math_keep_nan(y, select(0.0, (sign * size) * (dy - mean), y > 0.0));
}
