// y = f(x), dx = f'(x) dy: every word by itself. Composition puts before it: the constants WORKGROUP and WORDS, and
//   fn compute(at: u32) -> Values     the results of the word at this place
//   fn store(at: u32, values: Values)
//
// Neighbouring invocations take neighbouring words, so that loads of a workgroup coalesce. Only the last workgroup pays
// for comparing every word with the end: inside the loop of all, that costs a third of the speed.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = (group.y * job.groups_per_row + group.x) * (WORKGROUP * WORDS) + lane;
    if first + (WORDS - 1u) * WORKGROUP < job.words {
        for (var k = 0u; k < WORDS; k++) {
            let at = first + k * WORKGROUP;
            store(at, compute(at));
        }
    } else {
        for (var at = first; at < job.words; at += WORKGROUP) {
            store(at, compute(at));
        }
    }
}
