// What kernels are measured against: a plain copy, and for kernels with more operands a sum of the inputs to every output. Written by
// hand, apart from the library's shells. Before this stand WORKGROUP, WORDS (16-byte words that an invocation takes), INTERLEAVED
// (neighbouring invocations take neighbouring words; else each takes its words in a row), the bindings, of which `result_0` is
// one, and
//   fn move_word(at: u32)

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let block = (group.y * groups.x + group.x) * (WORKGROUP * WORDS);
    let begin = block + select(lane * WORDS, lane, INTERLEAVED);
    let stride = select(1u, WORKGROUP, INTERLEAVED);
    let words = arrayLength(&result_0);
    if begin + (WORDS - 1u) * stride < words {
        for (var k = 0u; k < WORDS; k++) {
            move_word(begin + k * stride);
        }
    } else {
        for (var at = begin; at < min(words, begin + WORDS * stride); at += stride) {
            move_word(at);
        }
    }
}
