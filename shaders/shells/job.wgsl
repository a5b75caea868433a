// What one dispatch is told. Begins every composed shader; `src/plan/job.rs` fills it. job_uniform.wgsl and job_copy.wgsl say where it
// lies: shells call read_job() before all else.

struct Job {
    words: u32,                       // how many words this dispatch covers
    groups_per_row: u32,              // the grid is folded into rows: its width in workgroups
    row_words: u32,                   // where operands have rows with room between them: words in a row, or elements (row_first)
    stride: u32,                      // of partial sums, from block to block

    // The matrix that is summed: see shells/sum.wgsl; for functions of rows, shells/rows.wgsl.
    columns: u32,                     // also of the elementwise shell, where invocations take words of a column
    run: u32,
    rows: u32,
    group_columns: u32,
    rows_per_lane: u32,
    first_column: u32,                // where in a block of partial sums this dispatch begins

    // Draws: which one each element has.
    seed: vec2<u32>,
    first: vec2<u32>,                 // the number of the first element, low word first
    zero: u32,                        // 0, which no compiler knows: for fences
    ignored: u32,                     // of functions of rows, the label of rows that do not count
    causal: vec3<u32>,                // of these, rows to a round, which of them the first is, elements before the first row's own
    row_first: u32,                   // where rows begin within words: how many elements of its row come before the first one

    bias: vec4<u32>,                  // of functions of rows: the distance of a bias's values, by view 0, by view 1, by an element's number

    // Of each way to see the tensor (of functions of rows: of rows, two of a bias, and that of sinks), which channel an element, or a word, is of: (x + (y + index) / z) % w, or less where that is enough.
    views: array<vec4<u32>, 4>,
    offsets: array<vec4<u32>, 4>,     // of each operand, in words (or such elements) from the start of its binding
    gaps: array<vec4<u32>, 4>,        // of each operand with such rows, the words (or elements) between them
    arguments: array<vec4<f32>, 8>,   // parameters, then what the host derived from them
}
