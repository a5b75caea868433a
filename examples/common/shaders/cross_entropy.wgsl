// The mean cross-entropy of softmax(outputs) against one-hot targets: its gradient, and each row's share of it.

@compute @workgroup_size(64)
fn loss(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= shape.rows {
        return;
    }
    let begin = row * shape.stride;
    let end = begin + shape.columns;
    var largest = outputs[begin];
    for (var at = begin; at < end; at++) {
        largest = max(largest, outputs[at]);
    }
    var sum = 0.0;
    for (var at = begin; at < end; at++) {
        sum += exp(outputs[at] - largest);
    }
    var wanted = 0.0;
    for (var at = begin; at < end; at++) {
        let shifted = outputs[at] - largest;
        wanted += targets[at] * shifted;
        gradients[at] = (exp(shifted) / sum - targets[at]) / f32(shape.rows);
    }
    losses[row] = (log(sum) - wanted) / f32(shape.rows);
}
