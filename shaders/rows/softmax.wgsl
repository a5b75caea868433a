// softmax over a row, `size` being abs(scale) and `sign` 1 or -1: exp(scale * x[k]) / sum of exp(scale * x[j]) over j
// backward from the output: dx[k] = scale * y[k] * (dy[k] - sum of y[j] * dy[j] over j); backward: the same, y computed anew
// Terms are 1 for the largest element. Where all of a row is minus infinity, 0.
// needs: exp_difference inverse nan scale

// Once for a row: what terms are multiplied by, one over their sum, which is 0 only where all are; the sum of y[j] * dy[j], where `products` is
// that of terms; and what the factor lacks, which exponents get. `lost` is what the sum has lost by rounding.
fn row_softmax_joint(sum: f32, lost: f32, products: f32) -> vec3<f32> {
    // Not `vec2<f32>()`: beside a zero of `Values`, which in some storages is that type, naga's HLSL defines the same function twice.
    let inverse = select(math_inverse(sum, lost), vec2<f32>(0.0, 0.0), sum == 0.0);
    let factor = math_keep_nan(sum, inverse.x);
    let mean = math_scale(products, factor);
    return vec3<f32>(factor, mean + mean * inverse.y, inverse.y);
}

fn row_softmax(term: f32, factor: f32) -> f32 {
    return math_keep_nan(factor, term * factor);
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

fn row_softmax_backward(term: f32, dy: f32, joint: vec3<f32>, size: f32, sign: f32) -> f32 {
    return row_softmax_backward_from_output(row_softmax(term, joint.x), dy, joint.y, size, sign);
}
