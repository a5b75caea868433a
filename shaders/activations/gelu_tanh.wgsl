// gelu_tanh: x * s(2 * k * (x + 0.044715 * x^3)), k = sqrt(2 / pi)
// derivative: s + x * s * (1 - s) * 2 * k * (1 + 3 * 0.044715 * x^2), s as above
// needs: nan fence split logistic product

// v = 2 k (x + 0.044715 x^3) = x (a + b x^2) in two words, for abs(x) <= 11. One word is off by 200 ULP of
// exp(v) in the left tail. a = 1.59570312 + 0.0000659966026 and b = 0.0713500977 + 0.00000471861631
// (minimax.py: gelu_tanh_a, gelu_tanh_b; in one word gelu_tanh_a_rounded, gelu_tanh_b_rounded); the first words,
// and those marked high, have 12 bits: their products are exact. So are the fenced sums.
fn act_gelu_tanh_exponent(x: f32) -> MathProduct {
    let x_high = math_truncate(x);
    let x_low = math_low(x, x_high);
    let square = x * x;
    let square_high = math_truncate(square);
    let sum = 1.59576917 + 0.0713548139 * square;
    let sum_high = math_truncate(sum);
    let zero = bitcast<u32>(sum + 16.0) & 0x20000000u; // sum + 16 is between 16 and 32
    let square_low = math_fence(x_high * x_high - square_high, zero) + (x + x_high) * x_low;
    let difference = math_fence(math_fence(1.59570312 - sum_high, zero) + 0.0713500977 * square_high, zero);
    let sum_low = difference + (6.59966026e-5 + (4.71861631e-6 * square_high + 0.0713548139 * square_low));
    return MathProduct(x_high * sum_high, x_low * sum_high + x * sum_low);
}

// x s(v) has neither a tanh nor a cancellation. Below -11 it is 0 (the first exact 0 comes before).
fn act_gelu_tanh(x: f32) -> f32 {
    let left = select(x, -11.0, x < -11.0);
    let v = act_gelu_tanh_exponent(select(left, 11.0, x > 11.0));
    return math_keep_nan(x, math_times_logistic(left, v.high, v.low));
}

// x v'(x) = v + 2 b x^3.
fn act_gelu_tanh_backward(x: f32, dy: f32) -> f32 {
    let bounded = select(select(x, -11.0, x < -11.0), 11.0, x > 11.0);
    let v = act_gelu_tanh_exponent(bounded);
    let slope_low = v.low + 0.142709628 * bounded * bounded * bounded;
    return math_keep_nan(x, math_scale(dy, math_logistic_product_slope(v.high, v.low, v.high, slope_low)));
}
