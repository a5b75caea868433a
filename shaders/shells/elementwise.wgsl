// y = f(x), dx = f'(x) dy: every word by itself. Composition puts before it: the constants WORKGROUP and WORDS, and
//   fn apply(at: u32)                 loads the operands' words at this place, computes, stores the results
//
// Neighbouring invocations take neighbouring words, so that loads of a workgroup coalesce. Only the last workgroup pays
// for comparing every word with the end: inside the loop of all, that costs a third of the speed.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = (group.y * job.groups_per_row + group.x) * (WORKGROUP * WORDS) + lane;
    if first + (WORDS - 1u) * WORKGROUP < job.words {
        for (var k = 0u; k < WORDS; k++) {
            let at = first + k * WORKGROUP;
            apply(at);
        }
    } else {
        for (var at = first; at < job.words; at += WORKGROUP) {
            apply(at);
        }
    }
}
