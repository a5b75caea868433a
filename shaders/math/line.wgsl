// (slope + slope_low) * x + offset, relatively accurate also beside its zero, where a rounded product would leave nothing but
// its error. slope_low is what a slope of more than 24 bits has beyond its first word, else 0. Error 0.51 ULP, for
// abs(slope) from 2^-33 to 2^33; for other slopes that of x * slope + offset as written. A slope of 0 takes an infinite x
// away.
// needs: fence nan split sum_error

fn math_line(x: f32, slope: f32, slope_low: f32, offset: f32) -> f32 {
    // The parts of large x overflow, and those of small ones underflow: powers of two bring both into range.
    let small = abs(x) < 8.67361738e-19;                                                     // 2^-60
    let large = abs(x) > 1.15292150e18;                                                      // 2^60
    let scale = select(select(1.0, 5.42101086e-20, large), 1.84467441e19, small);            // 2^-64, 1 or 2^64
    let inverse = select(select(1.0, 1.84467441e19, large), 5.42101086e-20, small);
    let scaled = x * scale;
    // The product in parts of 12 bits: head and middle are exact.
    let x_high = math_high(scaled);
    let x_low = math_low(scaled, x_high);
    let slope_high = math_high(slope);
    let slope_middle = math_low(slope, slope_high);
    let head = x_high * slope_high;
    let middle = x_high * slope_middle + x_low * slope_high;
    let tail = x_low * slope_middle + scaled * slope_low;
    let second = offset * scale;
    let zero = bitcast<u32>(slope * slope) & 0x80000000u; // no square is negative
    let upper = math_fence(head + second, zero);
    let sum = math_fence(upper + middle, zero);
    let lost = math_sum_error(head, second, upper, zero) + math_sum_error(upper, middle, sum, zero);
    let splits = abs(slope) > 1.16415322e-10 && abs(slope) < 8.58993459e9 && abs(x) < 3.4028234663852886e38
        && abs(second) < 3.4028234663852886e38;
    return select(math_scale(x, slope) + offset, (sum + (lost + tail)) * inverse, splits);
}
