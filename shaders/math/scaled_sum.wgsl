// scale * x + bias as high + low, where high is rounded, and low what that has lost: right to 2^-36 of the larger term. Beyond 2^20, low is 0:
// it would be no small part of an exponent. A bias of minus infinity is minus infinity, whatever x is.
// needs: fence split sum_error

fn math_scaled_sum(x: f32, scale: f32, bias: f32, zero: u32) -> vec2<f32> {
    let product = math_fence(scale * x, zero);
    let x_high = math_truncate(x);
    let scale_high = math_truncate(scale);
    let x_low = math_low(x, x_high);
    let lost = (math_fence(scale_high * x_high, zero) - product) + (x_low * scale_high + x * math_low(scale, scale_high));
    let sum = math_fence(product + bias, zero);
    let low = lost + math_sum_error(product, bias, sum, zero);
    let high = select(sum, bias, bias < -3.4028234663852886e38);
    return vec2<f32>(high, select(0.0, low, abs(high) <= 1048576.0));
}
