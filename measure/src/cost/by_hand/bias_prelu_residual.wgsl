// prelu(x + bias[c], slope[c]) + residual
struct Shape { channels: u32 }

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> slope: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = x[id.x];
    let c = (4u * id.x) % shape.channels;
    y[id.x] = residual[id.x] + vec4<f32>(
        act_prelu(v.x + bias[c], slope[c]),
        act_prelu(v.y + bias[c + 1u], slope[c + 1u]),
        act_prelu(v.z + bias[c + 2u], slope[c + 2u]),
        act_prelu(v.w + bias[c + 3u], slope[c + 3u]),
    );
}
