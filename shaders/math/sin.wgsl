// sin(x + quarters pi/2). Error 1.1 ULP for abs(x) <= 1e5, beside the zeros too. Beyond, the angle loses its digits, and from 1e7 it
// counts as 0, infinite ones included. Always within [-1, 1].
//
// n pi/2 is taken off in six words, so that what is left has 24 digits wherever it lies: the nearest that an f32 below 1e5 comes to a
// multiple of pi/2 is 1e-9. To go on to all of f32 would take 2/pi in 190 bits, a product of x with the 96 of them that count (some 40
// integer operations), and a table in every shader that calls this.
// needs: fence sine

fn math_sin(x: f32, quarters: i32) -> f32 {
    let near = abs(x) < 1e7;
    let n = select(0.0, floor(x * 0.636619747 + 0.5), near); // 2 / pi

    // pi/2 (minimax.py: half_pi_of_many). For n up to 2^16 all products but the last are exact, and so are the first two differences. What
    // the others lose is kept: none where the terms cancel.
    let zero = bitcast<u32>(n * n) & 0x80000000u; // no square is negative
    let head = math_fence(math_fence(x - n * 1.5703125, zero) - n * 0.000484466553, zero);
    let third = n * -6.40749931e-7;
    let fourth = n * 9.89530236e-10;
    let fifth = n * 2.55795385e-12;
    let after_third = math_fence(head - third, zero);
    let after_fourth = math_fence(after_third - fourth, zero);
    let after_fifth = math_fence(after_fourth - fifth, zero);
    let lost = ((head - after_third) - third) + ((after_third - after_fourth) - fourth);
    let rest = (lost + ((after_fourth - after_fifth) - fifth)) - n * 5.39030295e-15;
    let sum = math_fence(after_fifth + rest, zero);
    let low = (after_fifth - sum) + rest;
    // pi/4, and what the rounding of n adds: up to 0.792481 (at -99696.0938). Beyond the domain this keeps the result within [-1, 1].
    let inside = near && abs(sum) < 0.7926;
    let angle = select(0.0, select(select(sum, 0.7926, sum > 0.7926), -0.7926, sum < -0.7926), near);
    let tail = select(0.0, low, inside);

    let turn = u32(i32(n) + quarters) & 3u;
    let odd = (turn & 1u) == 1u;
    let result = select(math_sine(angle, tail), 1.0 - math_versed_sine(angle, tail), odd);
    return select(result, -result, turn >= 2u);
}
