// Adam (Kingma and Ba 2015, with their constants), its learning rate falling in a straight line to 0.

struct Schedule {
    learning_rate: f32,
    steps: u32,
    weights: u32,       // how many there are
}

@group(0) @binding(0) var<uniform> schedule: Schedule;
@group(0) @binding(1) var<storage, read_write> state: State;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> squares: array<f32>;

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;

@compute @workgroup_size(1)
fn begin_step() {
    let left = 1.0 - f32(state.step) / f32(schedule.steps);
    state.step += 1u;
    let step = f32(state.step);
    let corrections = sqrt(1.0 - pow(SQUARE_DECAY, step)) / (1.0 - pow(MEAN_DECAY, step));
    state.rate = schedule.learning_rate * max(left, 0.0) * corrections;
}

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.x;
    if at >= schedule.weights {
        return;
    }
    let gradient = gradients[at];
    let mean = mix(gradient, means[at], MEAN_DECAY);
    let square = mix(gradient * gradient, squares[at], SQUARE_DECAY);
    means[at] = mean;
    squares[at] = square;
    weights[at] -= state.rate * mean / (sqrt(square) + EPSILON);
}
