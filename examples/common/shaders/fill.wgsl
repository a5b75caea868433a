// A triangle that covers the whole target.
@vertex
fn fill(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2(f32(vertex & 1u), f32(vertex >> 1u));
    return vec4(4.0 * corner - 1.0, 0.0, 1.0);
}
