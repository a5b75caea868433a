//! Kernels as one writes them with WGSL's builtins: what accuracy is compared with. As arithmetic only: most are wrong somewhere.

use wgpu_activations::Storage;

/// The files of `builtins/`: `fn builtin(x: vec4<f32>) -> vec4<f32>` each, by the activation's name.
pub(super) static FUNCTIONS: [(&str, &str); 10] = [
    ("identity", include_str!("builtins/identity.wgsl")),
    ("relu", include_str!("builtins/relu.wgsl")),
    ("elu", include_str!("builtins/elu.wgsl")),
    ("sigmoid", include_str!("builtins/sigmoid.wgsl")),
    ("silu", include_str!("builtins/silu.wgsl")),
    ("softplus", include_str!("builtins/softplus.wgsl")),
    ("tanh", include_str!("builtins/tanh.wgsl")),
    ("gelu_tanh", include_str!("builtins/gelu_tanh.wgsl")),
    ("gelu_erf", include_str!("builtins/gelu_erf.wgsl")),
    ("mish", include_str!("builtins/mish.wgsl")),
];

/// The whole shader: four f32 an invocation, or eight f16, converted by the builtins for it.
pub(super) fn wgsl(function: &str, storage: Storage) -> String {
    let (word, body) = if storage == Storage::F32 {
        ("vec4<f32>", "builtin(x)")
    } else {
        ("vec4<u32>", "vec4<u32>(convert(x.xy), convert(x.zw))")
    };
    format!(
        "{function}
fn convert(x: vec2<u32>) -> vec2<u32> {{
    let y = builtin(vec4<f32>(unpack2x16float(x.x), unpack2x16float(x.y)));
    return vec2<u32>(pack2x16float(y.xy), pack2x16float(y.zw));
}}

@group(0) @binding(0) var<storage, read> input: array<{word}>;
@group(0) @binding(1) var<storage, read_write> output: array<{word}>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let x = input[id.x];
    output[id.x] = {body};
}}
"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use wgpu_activations::Kind;

    use super::*;
    use crate::cost::spirv::Shader;

    #[test]
    fn every_file_is_an_activation_and_translates() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cost/builtins");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FUNCTIONS.len());
        for (name, function) in FUNCTIONS {
            assert!(Kind::ALL.iter().any(|kind| kind.name() == name), "{name}");
            for storage in [Storage::F32, Storage::F16] {
                Shader::translate(&wgsl(function, storage)).map(|_| ()).unwrap();
            }
        }
    }
}
