//! WGSL to SPIR-V, exactly as wgpu does it before it hands a shader to Mesa's driver for AMD cards.

use anyhow::{Context, Result, anyhow};
use naga::back::{pipeline_constants::process_overrides, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, ShaderStage};

/// The entry point of every shader here.
pub(super) const ENTRY_POINT: &str = "main";

/// A shader for the driver.
pub(super) struct Shader {
    pub(super) words: Vec<u32>,
    /// The bindings of group 0, in order: whether each is a uniform, else a storage buffer.
    pub(super) uniforms: Vec<bool>,
}

impl Shader {
    pub(super) fn translate(wgsl: &str) -> Result<Self> {
        let module =
            naga::front::wgsl::parse_str(wgsl).map_err(|error| anyhow!(error.emit_to_string(wgsl)))?;
        // Of what WebGPU has beyond OpenGL ES 3.1, kernels convert by unpack2x16float, and some to f16 itself.
        let info = Validator::new(
            ValidationFlags::all(),
            Capabilities::SHADER_FLOAT16_IN_FLOAT32 | Capabilities::SHADER_FLOAT16,
        )
        .validate(&module)
        .map_err(|error| anyhow!(error.emit_to_string(wgsl)))?;
        let entry_point = (ShaderStage::Compute, ENTRY_POINT);
        let (module, info) = process_overrides(&module, &info, Some(entry_point), &Default::default())
            .context("the shader has no such entry point")?;
        let pipeline =
            spv::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: ENTRY_POINT.to_owned() };
        let words = spv::write_vec(&module, &info, &options(), Some(&pipeline))
            .context("naga does not translate the shader")?;
        let mut bindings: Vec<_> = module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| Some((variable.binding?.binding, variable.space)))
            .collect();
        bindings.sort_unstable_by_key(|(binding, _)| *binding);
        let uniforms = bindings.into_iter().map(|(_, space)| space == AddressSpace::Uniform).collect();
        Ok(Self { words, uniforms })
    }
}

/// Those of wgpu-hal's Vulkan backend (`naga_options` in its adapter.rs) on a device of Vulkan 1.3 with robustBufferAccess2, as Mesa's
/// are, without optional features, and for a module whose loops are trusted to end, as the library says of its own.
fn options() -> spv::Options<'static> {
    use spv::Capability::*;
    spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
        capabilities: Some(
            [Shader, Matrix, Sampled1D, Image1D, ImageQuery, DerivativeControl, StorageImageExtendedFormats]
                .into_iter()
                .chain([DotProductInputAll, DotProductInput4x8Bit, DotProductInput4x8BitPacked])
                .chain([DotProduct, Int8, SampledCubeArray, SampleRateShading])
                // With SHADER_F16, and only where a shader says `enable f16`.
                .chain([Float16])
                .collect(),
        ),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            // The driver's own.
            buffer: BoundsCheckPolicy::Unchecked,
            image_load: BoundsCheckPolicy::Unchecked,
            binding_array: BoundsCheckPolicy::Unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: true,
        ..Default::default()
    }
}
