// What the rounded sum of a and b lost: exact whatever their sizes (Knuth), and without fences 0 to a compiler that
// regroups. The sum comes from math_fence, too.
// needs: fence
fn math_sum_error(a: f32, b: f32, sum: f32, zero: u32) -> f32 {
    let part = math_fence(sum - a, zero);
    return (a - math_fence(sum - part, zero)) + (b - part);
}
