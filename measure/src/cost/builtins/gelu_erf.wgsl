// erf by a rational of five terms (Abramowitz and Stegun 7.1.26): WGSL has none.
fn builtin(x: vec4<f32>) -> vec4<f32> {
    let z = abs(x) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * z);
    let terms = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let erf = sign(x) * (1.0 - terms * exp(-z * z));
    return 0.5 * x * (1.0 + erf);
}
