// Fills a batch with rows of the data set, drawn at random anew in each step: nothing is uploaded while training.

struct Shape {
    rows: u32,          // of the batch
    data_rows: u32,
    inputs: u32,        // vectors in a row
    targets: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> data_inputs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> data_targets: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> inputs: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> targets: array<vec4<f32>>;

// PCG's output permutation over one step of its generator (Jarzynski and Olano 2020).
fn hash(value: u32) -> u32 {
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= shape.rows {
        return;
    }
    let drawn = hash(hash(state.step) + row) % shape.data_rows;
    for (var column = 0u; column < shape.inputs; column++) {
        inputs[row * shape.inputs + column] = data_inputs[drawn * shape.inputs + column];
    }
    for (var column = 0u; column < shape.targets; column++) {
        targets[row * shape.targets + column] = data_targets[drawn * shape.targets + column];
    }
}
