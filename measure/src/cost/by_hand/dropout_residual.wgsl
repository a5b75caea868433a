// dropout(x + bias[c], 0.1) + residual, where what is dropped is 0, infinite or not
struct Shape { channels: u32, seed: vec2<u32> }

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

fn keep(drawn: u32) -> f32 {
    return formula_keep(drawn >> 8u, 0.1, 1.0 / 0.9);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = x[id.x];
    let first = 4u * id.x;
    let c = first % shape.channels;
    let drawn = math_philox(vec4<u32>(id.x, 0u, 0u, 0u), shape.seed);
    y[id.x] = residual[id.x] + vec4<f32>(
        math_scale(v.x + bias[c], keep(drawn.x)),
        math_scale(v.y + bias[c + 1u], keep(drawn.y)),
        math_scale(v.z + bias[c + 2u], keep(drawn.z)),
        math_scale(v.w + bias[c + 3u], keep(drawn.w)),
    );
}
