// Tone mapping: light from 0 to infinity becomes a colour from 0 to 1, through an activation that rises to 1. The picture is
// made brighter from left to right, and shown twice: first cut off at 1, as without tone mapping, then through
// `fn tone(light: f32) -> f32`, which whoever composes the module adds.

struct Frame {
    picture: vec2<u32>, // its size in its own pixels
    scale: u32,         // pixels of the frame to one of the picture
    stops: f32,         // of exposure, from the left edge to the right one; each doubles the light
}

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var<storage, read> colours: array<vec4<f32>>;

// What a PNG holds is light to the power of 1 / 2.2, near enough for a picture.
const GAMMA: f32 = 2.2;

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<u32>(position.xy) / frame.scale;
    // The same picture twice, side by side.
    let pixel = vec2(at.x % frame.picture.x, at.y);
    let exposure = exp2(frame.stops * f32(pixel.x) / f32(frame.picture.x));
    let light = exposure * pow(colours[pixel.y * frame.picture.x + pixel.x].rgb, vec3(GAMMA));
    let toned = vec3(tone(light.r), tone(light.g), tone(light.b));
    let shown = select(toned, min(light, vec3(1.0)), at.x < frame.picture.x);
    return vec4(pow(shown, vec3(1.0 / GAMMA)), 1.0);
}
