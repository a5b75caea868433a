// All f32 there are, chunk by chunk: x has the bit pattern of its place. Composition puts before it: the constants
// WORKGROUP and WORDS, the activation's library, and
//   fn compute(x: f32) -> f32
//
// A shell of its own, for `verify --exhaustive`: on lavapipe, loading two operands costs more than most activations do. The
// grid of inputs goes through the shells that everyone uses.

struct Sweep {
    first: u32,                       // the bit pattern of the first x
    dy: f32,                          // as a variable: what a compiler would make of a constant is not what is checked
    padding: vec2<u32>,
    arguments: array<vec4<f32>, 2>,   // the activation's parameters, then what the host derived from them
}

@group(0) @binding(0) var<uniform> sweep: Sweep;
@group(0) @binding(1) var<storage, read_write> results: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var k = 0u; k < WORDS; k++) {
        let at = (group.x * WORDS + k) * WORKGROUP + lane;
        let x = bitcast<vec4<f32>>(sweep.first + at * 4u + vec4<u32>(0u, 1u, 2u, 3u));
        results[at] = vec4<f32>(compute(x.x), compute(x.y), compute(x.z), compute(x.w));
    }
}
