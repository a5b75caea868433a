// Sums what `compute` gives, one partial sum for each workgroup, in an order that depends on the length alone: the same bits
// on every run. Composition puts before it: the constants WORKGROUP (a power of two) and WORDS, and
//   fn compute(at: u32) -> Values       the terms of the word at this place
//   fn total(values: Values) -> f32
//   fn store_sum(at: u32, sum: f32)   the sum of this workgroup
//
// Each invocation adds WORDS words lane by lane, then the workgroup adds its invocations as a tree: a term passes through at
// most WORDS + 2 + log2(WORKGROUP) additions. Atomics would be shorter, but they add in the order of arrival.

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let block = group.y * job.groups_per_row + group.x;
    let first = block * (WORKGROUP * WORDS);
    var sum = Values();
    for (var k = 0u; k < WORDS; k++) {
        let at = first + k * WORKGROUP + lane;
        if at < job.words {
            sum += compute(at);
        }
    }
    sums[lane] = total(sum);
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if lane < half {
            sums[lane] += sums[lane + half];
        }
        workgroupBarrier();
    }
    if lane == 0u && first < job.words {
        store_sum(block, sums[0]);
    }
}
