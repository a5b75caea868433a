// What an adapter's arithmetic does: one result each for operands that the host knows the exact results of.
// A shell of its own: `verify` runs it before it judges anything.

const RESULTS: u32 = 9u;

@group(0) @binding(0) var<storage, read> operands: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> results: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&operands) {
        return;
    }
    let a = operands[id.x].x;
    let b = operands[id.x].y;
    let c = operands[id.x].z;
    let first = id.x * RESULTS;
    results[first] = a + b;
    results[first + 1u] = a - b;
    results[first + 2u] = a * b;
    results[first + 3u] = a / b;
    results[first + 4u] = sqrt(abs(a));
    // The host gives c = -(a * b) rounded: anything but zero tells that the product was not rounded first.
    results[first + 5u] = a * b + c;
    // Passed on through a select, as the activations do it.
    results[first + 6u] = select(b, a, c <= 0.0);
    // (a + b) - b, which a compiler that reassociates folds to a.
    results[first + 7u] = (a + b) - b;
    // Short forms rely on 0 far left, at minus infinity too.
    results[first + 8u] = max(abs(exp(a)), abs(exp2(a)));
}
