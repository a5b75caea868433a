// (x - mean[r]) * rstd[r] * gamma[c] + beta[c]
struct Shape { channels: u32 }

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = 4u * id.x;
    let row = first / shape.channels;
    let c = first % shape.channels;
    let scale = vec4<f32>(gamma[c], gamma[c + 1u], gamma[c + 2u], gamma[c + 3u]);
    let shift = vec4<f32>(beta[c], beta[c + 1u], beta[c + 2u], beta[c + 3u]);
    y[id.x] = (x[id.x] - mean[row]) * rstd[row] * scale + shift;
}
