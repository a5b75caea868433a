// (t * sin(2 t) - sin(t)^2) / alpha^2 with t = alpha * x: snake's derivative by alpha. For small t that is x^2 times a polynomial in t^2.
// needs: fence scale versine
fn math_snake_alpha(x: f32, alpha: f32, half_inverse: f32) -> f32 {
    let versine = math_versine(x, alpha, 0);
    let difference = math_scale(x, math_double_sine(x, alpha, 0)) - half_inverse * (versine.x + versine.y);
    let t = alpha * x;
    let square = t * t;
    // For abs(t) <= 0.4, relative error 2^-35.4 (minimax.py: snake_slope).
    let polynomial = 1.0 + square * (-1.0
        + square * (0.222222164 + square * (-0.0222204886 + square * 0.00125380524)));
    // The square of x alone may be beyond f32.
    let near = x * math_fence(x * polynomial, bitcast<u32>(square) & 0x80000000u); // no square is negative
    return select(2.0 * half_inverse * difference, near, abs(t) < 0.4);
}
