// What one dispatch is told. Begins every composed shader; `src/step.rs` fills it.

struct Job {
    words: u32,                       // how many words this dispatch covers
    groups_per_row: u32,              // the grid is folded into rows: its width in workgroups
    row_words: u32,                   // operands that are halves of rows: words in a half
    padding: u32,
    offsets: array<vec4<u32>, 2>,     // of each operand, in words from the start of its binding
    arguments: array<vec4<f32>, 2>,   // the activation's parameters, then what the host derived from them
}

@group(0) @binding(0) var<uniform> job: Job;
