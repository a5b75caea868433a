// The error function. Error 1.24 ULP for every x, infinite ones included. Near 0 an odd polynomial, else 1 - exp(Q): the exponential
// is at most 0.2 there.
// needs: exp

fn math_erf(x: f32) -> f32 {
    // At 4 it is 1 to the last bit.
    let a = select(abs(x), 4.0, abs(x) > 4.0);
    let z = a * a;
    // a p alone may be subnormal, and flushed, where the sum is not: both are computed of a larger a.
    let small = a < 2.32830644e-10; // 2^-32
    let t = a * select(1.0, 4.29496730e9, small);
    // erf(a) = a + a p(z) on [0, 0.9], relative error 2^-30.05 (minimax.py: erf_near).
    let p = 0.128379166 + z * (-0.376126289 + z * (0.112836242 + z * (-0.02685556 + z * (0.00519175362
        + z * (-0.000803976727 + z * 7.94321095e-05)))));
    // log(1 - erf(a)) on [0.9, 4], relative error of erf 2^-28.76 (minimax.py: erf_far).
    let q = -0.000105982792 + a * (-1.12806296 + a * (-0.636501968 + a * (-0.104552709 + a * (0.0225375239
        + a * (-0.00312381983 + a * 0.000204412921)))));
    let near = (t + t * p) * select(1.0, 2.32830644e-10, small);
    let result = select(math_times_expm1(-1.0, q, 0.0), near, a < 0.9);
    return select(result, -result, x < 0.0);
}
