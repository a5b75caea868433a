// Gumbel noise: -log(-log(u)), u being what is drawn for an element.
// Fences are everywhere where a compiler might fuse a product and a sum, or regroup: all devices draw the same bits, and the CPU, too
// (src/philox.rs). So what is compared and what is summed is of one noise wherever it is computed, forward and backward.
// needs: fence log_parts philox

fn math_gumbel_step(f: f32, q: f32, coefficient: f32, zero: u32) -> f32 {
    return coefficient + math_fence(f * q, zero);
}

// The logarithm of a normal number, error 1 ULP, by the polynomial of log.wgsl, relative error 2^-27.05 (minimax.py: log).
fn math_gumbel_log(x: f32, zero: u32) -> f32 {
    let parts = math_log_parts(x);
    let f = math_fence(parts.f, zero);
    var q = math_gumbel_step(f, 9.92572532e-05, -0.0764896795, zero);
    q = math_gumbel_step(f, q, 0.128542617, zero);
    q = math_gumbel_step(f, q, -0.132136777, zero);
    q = math_gumbel_step(f, q, 0.141859561, zero);
    q = math_gumbel_step(f, q, -0.166114852, zero);
    q = math_gumbel_step(f, q, 0.20001924, zero);
    q = math_gumbel_step(f, q, -0.250015825, zero);
    q = math_gumbel_step(f, q, 0.333333254, zero);
    q = math_gumbel_step(f, q, -0.499999881, zero);
    let square = math_fence(math_fence(f * f, zero) * q, zero);
    let small = math_fence(f + math_fence(square + math_fence(parts.exponent * -0.000212194442, zero), zero), zero);
    return math_fence(parts.exponent * 0.693359375, zero) + small;
}

// u is one of the odd multiples of 2^-24: neither 0 nor 1, so that the noise is finite.
fn math_gumbel(drawn: u32, zero: u32) -> f32 {
    let unit = f32(drawn | 1u) * 5.96046448e-8; // 2^-24
    return -math_gumbel_log(-math_gumbel_log(unit, zero), zero);
}
