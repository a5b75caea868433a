// silu(gate) * value
@group(0) @binding(0) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> value: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let g = gate[id.x];
    y[id.x] = value[id.x] * vec4<f32>(act_silu(g.x), act_silu(g.y), act_silu(g.z), act_silu(g.w));
}
