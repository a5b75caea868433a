// y = f(x), dx = f'(x) dy: every word by itself. Composition puts before it: the constants WORKGROUP, WORDS (of an invocation),
// LANE and STEP (the distance of its first word to its neighbour's, and of its words to each other), and
//   fn apply(at: u32)                 loads the operands' words at this place, computes, stores the results
//
// Only the last workgroup pays for comparing every word with the end: inside the loop of all, that costs a third of the speed.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = (group.y * job.groups_per_row + group.x) * (WORKGROUP * WORDS) + lane * LANE;
    if first + (WORDS - 1u) * STEP < job.words {
        for (var k = 0u; k < WORDS; k++) {
            apply(first + k * STEP);
        }
    } else {
        for (var k = 0u; k < WORDS && first + k * STEP < job.words; k++) {
            apply(first + k * STEP);
        }
    }
}
