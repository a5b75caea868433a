// Shows a value for each pixel, as the network returns it, enlarged.

struct Frame {
    width: u32,         // of the picture, in its own pixels
    scale: u32,         // pixels of the frame to one of the picture
    stride: u32,        // vectors from one value to the next
}

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var<storage, read> colours: array<vec4<f32>>;

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy) / frame.scale;
    return vec4(colours[frame.stride * (pixel.y * frame.width + pixel.x)].rgb, 1.0);
}
