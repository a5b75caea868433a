// y = f(x), dx = f'(x) dy: every word by itself. Composition puts before it: the constants WORKGROUP, WORDS (of an invocation),
// LANE and STEP (the distance of its first word to its neighbour's, and of its words to each other), and
//   fn apply(at: u32)                 loads the operands' words at this place, computes, stores the results
//
// How many words there are for an invocation is worked out before its loop: comparing every word with the end costs a third of the
// speed, and a loop of its own for the last workgroup doubles the code, which some drivers need many seconds to compile.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = (group.y * job.groups_per_row + group.x) * (WORKGROUP * WORDS) + lane * LANE;
    let left = job.words - min(first, job.words);
    let count = min((left + STEP - 1u) / STEP, WORDS);
    for (var k = 0u; k < count; k++) {
        apply(first + k * STEP);
    }
}
