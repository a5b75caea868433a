// dy times the derivative of max(x, 0)^2. Error 0.5 ULP.
// needs: nan

fn math_positive_square_slope(x: f32, dy: f32) -> f32 {
    // The factor 2 goes to the smaller side: 2 * x may overflow where the gradient does not.
    let large = x > 1.0;
    let gradient = math_scale(select(dy, 2.0 * dy, large), select(2.0 * x, x, large));
    return math_keep_nan(x, select(0.0, gradient, x > 0.0));
}
