// gelu_erf(x + bias[c]) * gate
struct Shape { channels: u32 }

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = x[id.x];
    let c = (4u * id.x) % shape.channels;
    y[id.x] = gate[id.x] * vec4<f32>(
        act_gelu_erf(v.x + bias[c]),
        act_gelu_erf(v.y + bias[c + 1u]),
        act_gelu_erf(v.z + bias[c + 2u]),
        act_gelu_erf(v.w + bias[c + 3u]),
    );
}
