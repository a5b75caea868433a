// What kernels are measured against: a plain copy, and for gradients, which read two inputs, a sum of two. Written by hand,
// apart from the library's shells. Before this stand WORKGROUP, WORDS (16-byte words that an invocation takes), INTERLEAVED
// (neighbouring invocations take neighbouring words; else each takes its words in a row) and INPUTS.

@group(0) @binding(0) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> second: array<vec4<f32>>; // where there is one input, that again, and never read

fn move_word(at: u32) {
    if INPUTS == 2u {
        result[at] = first[at] + second[at];
    } else {
        result[at] = first[at];
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let block = (group.y * groups.x + group.x) * (WORKGROUP * WORDS);
    let begin = block + select(lane * WORDS, lane, INTERLEAVED);
    let stride = select(1u, WORKGROUP, INTERLEAVED);
    let words = arrayLength(&result);
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
