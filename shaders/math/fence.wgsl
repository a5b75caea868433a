// x itself; but no compiler regroups a sum through this. `zero` is a bit pattern that is 0 for a reason that
// compilers do not know. Mesa turns (x + 3.0) - 3.0 into x, (x - y) - 1e-8 into (x - 1e-8) - y, and a * b + a * c
// into a * (b + c), and Metal's default goes further: what a rounding took away is then silently lost. An OR makes one operation of
// this and the mask that `zero` mostly comes from on AMD, where a XOR is two.

fn math_fence(x: f32, zero: u32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) | zero);
}
