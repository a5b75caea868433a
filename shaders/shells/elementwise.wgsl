// y = f(x), dx = f'(x) dy: every word by itself. Composition puts before it: the constants WORKGROUP, WORDS (of an invocation), and
//   fn begin(group: u32, lane: u32) -> u32    the first word of an invocation; loads what all of its words share
//   fn stride() -> u32                        from each of its words to the next
//   fn apply(at: u32)                         loads the operands' words at this place, computes, stores the results
//
// The last word decides between a loop of constant length and one that looks for the end. Rejected: looking for it at every word,
// which costs a third of the speed on a CPU; one loop over a count worked out before it, which costs relu 8 %.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    read_job();
    let first = begin(group.y * job.groups_per_row + group.x, lane);
    let step = stride();
    let last = first + (WORDS - 1u) * step;
    if last < job.words {
        for (var k = 0u; k < WORDS; k++) {
            apply(first + k * step);
        }
    } else {
        for (var at = first; at < job.words; at += step) {
            apply(at);
        }
    }
}
