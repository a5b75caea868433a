// The mean of the squared differences over all outputs of a batch: its gradient, and each row's own.

@compute @workgroup_size(64)
fn loss(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= shape.rows {
        return;
    }
    let begin = row * shape.stride;
    let end = begin + shape.columns;
    var sum = 0.0;
    for (var at = begin; at < end; at++) {
        let difference = outputs[at] - targets[at];
        sum += difference * difference;
        gradients[at] = 2.0 * difference / f32(shape.rows * shape.columns);
    }
    losses[row] = sum / f32(shape.columns);
}
