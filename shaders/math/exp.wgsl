// The exponential, and products and differences with it that keep its last bits. The argument is a sum high +
// low, so that a product of more than 24 bits can be an exponent; low is at most 0.2.
//
// exp(a) = 2^n (1 + rest): rest is known to about 0.2 ULP of 1, and to 0.9 ULP of itself where n = 0. Callers
// put the power of two and the final addition where they lose least, instead of rounding 1 + rest first.
// Error: exp 0.9 ULP, exp - 1 for a <= 0 0.9 ULP.
//
// Rejected: the builtin exp (3 + 2 abs(x) ULP allowed; 1 / (1 + exp(-x)) was 60 off); a table (no cheaper
// than the polynomial, and a load); low joined at the end as a factor 1 + low (one rounding more).
// needs: fence

struct MathReduced {
    exponent: i32,
    high: f32,
    low: f32,
    zero: u32,  // for math_fence
}

struct MathExp {
    exponent: i32,
    rest: f32,  // high + tail, rounded
    high: f32,
    tail: f32,
    zero: u32,
}

// For abs(high + low) <= 1e6: that is exponent * ln 2 + (result.high - result.low), of which the bracket is
// at most 0.34692.
fn math_exp_reduce(high: f32, low: f32) -> MathReduced {
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum, whose sign is always 0.
    let shifted = bitcast<u32>((high + low) * 1.44269502 + 12582912.0);
    let zero = shifted & 0x80000000u;
    let n = bitcast<i32>(shifted) - 0x4b400000;
    let scale = f32(n);
    // ln 2 = 0.693359375 - 0.000212194442 (minimax.py: exp_ln2). The first has 9 bits: its product with n is
    // exact, and so is the difference.
    let r_high = math_fence(high - scale * 0.693359375, zero);
    return MathReduced(n, r_high, scale * -0.000212194442 - low, zero);
}

fn math_exp_parts(high: f32, low: f32) -> MathExp {
    let reduced = math_exp_reduce(high, low);
    let r = reduced.high - reduced.low;
    // exp(r) = 1 + r + r^2 q on abs(r) <= 0.34692, relative error 2^-28.16 (minimax.py: exp).
    let q = 0.49999994 + r * (0.166665211 + r * (0.0416681767 + r * (0.00836871658 + r * 0.00138297782)));
    let tail = math_fence(r * r * q - reduced.low, reduced.zero);
    return MathExp(reduced.exponent, reduced.high + tail, reduced.high, tail, reduced.zero);
}

// 2^n for n from -126 to 127.
fn math_power_of_two(n: i32) -> f32 {
    return bitcast<f32>((n + 127) << 23u);
}

// y * exp(high + low) for high + low from -174 to 174 and any y. The power of two comes in two factors, the
// second last of all: neither overflows, and a subnormal result is rounded once.
fn math_times_exp(y: f32, high: f32, low: f32) -> f32 {
    let e = math_exp_parts(high, low);
    let half = e.exponent >> 1u;
    let scaled = y * math_power_of_two(half);
    let infinite = abs(scaled) > 3.4028234663852886e38; // and rest may be negative
    let sum = select(scaled + scaled * e.rest, scaled, infinite);
    return sum * math_power_of_two(e.exponent - half);
}

// y * (exp(high + low) - 1) for high + low from -1e6 to 174. Error 0.9 ULP where y is a power of two, else 1.9 for
// high + low <= 0 and 2.2 above. 2^n - 1 is exact as far as it matters.
fn math_times_expm1(y: f32, high: f32, low: f32) -> f32 {
    let e = math_exp_parts(high, low);
    let n = max(e.exponent, -60); // integers; exp is far below the last bit of 1 there
    let half = max(n, 0) >> 1u;
    let scale = math_power_of_two(n - half);
    // For n > 0, y * 2^n alone may overflow.
    let large = (y * math_power_of_two(half)) * ((scale - math_power_of_two(-half)) + scale * e.rest);
    // Near 0, where nothing but the rest is left, y goes to both its parts: a product with the rounded rest would double that
    // rounding. The fence keeps a compiler from adding them first all the same.
    let scaled = y * scale;
    let rest = select(scaled * e.rest, math_fence(scaled * e.high, e.zero) + scaled * e.tail, n == 0);
    return select(y * (scale - 1.0) + rest, large, n > 0);
}

// exp(x) for x <= 88.7, minus infinity included.
fn math_exp(x: f32) -> f32 {
    return math_times_exp(1.0, select(x, -174.0, x < -174.0), 0.0);
}
