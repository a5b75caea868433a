//! Mesa's Vulkan driver for AMD cards, asked to compile for a card that is not there and to say what became of it.
//!
//! wgpu cannot open such a device, whose submissions are lost; creating pipelines needs none.

use std::ffi::CStr;

use anyhow::{Context, Result, bail, ensure};
use ash::{Device, Entry, Instance, ext, khr, vk};
use serde::{Deserialize, Serialize};

use super::spirv::{ENTRY_POINT, Shader};

/// What the driver tells of a compiled shader.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Cycles for which one wave of 64 invocations occupies its SIMD.
    pub inverse_throughput: u64,
    /// Machine instructions.
    pub instructions: u64,
    /// Bytes of machine code.
    pub code_bytes: u64,
    /// Vector registers, each of which holds a number for every invocation.
    pub vgprs: u64,
    /// Scalar registers, which hold numbers for the whole wave.
    pub sgprs: u64,
    /// Registers of both kinds that did not fit.
    pub spills: u64,
    /// Bytes of memory that a shader has where registers do not do.
    pub scratch_bytes: u64,
    /// Bytes of memory that a workgroup shares.
    pub lds_bytes: u64,
    /// Waves that a SIMD holds at once: others run while one waits for memory.
    pub waves: u64,
    /// Loops within loops that are left in machine code: 0 where there is none.
    pub loop_depth: u32,
}

/// What a shader became.
pub(super) struct Made {
    pub(super) statistics: Statistics,
    /// Its machine code, disassembled.
    pub(super) assembly: String,
}

/// An open device.
pub(super) struct Driver {
    /// Keeps the loader in memory.
    _entry: Entry,
    instance: Instance,
    device: Device,
    statistics: khr::pipeline_executable_properties::Device,
    /// `Mesa 22.3.6`
    pub(super) version: String,
}

impl Driver {
    /// The device that RADV_FORCE_FAMILY makes. The environment has to be set before this process loads Vulkan for the first time.
    pub(super) fn open() -> Result<Self> {
        // SAFETY: the system's Vulkan loader is what its name says.
        let entry = unsafe { Entry::load() }.context("no Vulkan loader (libvulkan.so.1)")?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
        let wanted = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: `wanted` names no layers and no extensions; the instance is destroyed with the driver.
        let instance = unsafe { entry.create_instance(&wanted, None) }.context("no Vulkan instance")?;
        let (physical, version) = null_device(&instance)?;

        let priorities = [1.0];
        let queues =
            [vk::DeviceQueueCreateInfo::default().queue_family_index(0).queue_priorities(&priorities)];
        let extensions = [khr::pipeline_executable_properties::NAME, ext::robustness2::NAME];
        let extensions = extensions.map(CStr::as_ptr);
        // As wgpu switches them on.
        let features = vk::PhysicalDeviceFeatures::default().robust_buffer_access(true);
        let mut robust = vk::PhysicalDeviceRobustness2FeaturesEXT::default()
            .robust_buffer_access2(true)
            .robust_image_access2(true);
        let mut told = vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default()
            .pipeline_executable_info(true);
        let mut halves = vk::PhysicalDeviceShaderFloat16Int8Features::default().shader_float16(true);
        let wanted = vk::DeviceCreateInfo::default()
            .queue_create_infos(&queues)
            .enabled_extension_names(&extensions)
            .enabled_features(&features)
            .push_next(&mut robust)
            .push_next(&mut halves)
            .push_next(&mut told);
        // SAFETY: every device has a queue family 0; what else is asked for was checked by `null_device`; all pointers outlive the call.
        let device = unsafe { instance.create_device(physical, &wanted, None) }.context(
            "the driver lacks robustBufferAccess2 or pipelineExecutableInfo: Mesa 20 or newer has both",
        )?;
        let statistics = khr::pipeline_executable_properties::Device::new(&instance, &device);
        Ok(Self { _entry: entry, instance, device, statistics, version })
    }

    /// Compiles a compute shader whose buffers lie in group 0.
    pub(super) fn compile(&self, shader: &Shader) -> Result<Made> {
        let bindings: Vec<_> = (0..)
            .zip(&shader.uniforms)
            .map(|(binding, uniform)| {
                let kind = if *uniform {
                    vk::DescriptorType::UNIFORM_BUFFER
                } else {
                    vk::DescriptorType::STORAGE_BUFFER
                };
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(kind)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let wanted_set = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
        let wanted_module = vk::ShaderModuleCreateInfo::default().code(&shader.words);
        // SAFETY: naga wrote valid SPIR-V for this layout; every object is destroyed below, after its last use.
        unsafe {
            let set = self.device.create_descriptor_set_layout(&wanted_set, None)?;
            let sets = [set];
            let wanted_layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = self.device.create_pipeline_layout(&wanted_layout, None)?;
            let module = self.device.create_shader_module(&wanted_module, None)?;
            let pipeline = self.pipeline(module, layout);
            let made = pipeline.and_then(|pipeline| {
                let made = self.made(pipeline);
                self.device.destroy_pipeline(pipeline, None);
                made
            });
            self.device.destroy_shader_module(module, None);
            self.device.destroy_pipeline_layout(layout, None);
            self.device.destroy_descriptor_set_layout(set, None);
            made
        }
    }

    fn pipeline(&self, module: vk::ShaderModule, layout: vk::PipelineLayout) -> Result<vk::Pipeline> {
        let name = std::ffi::CString::new(ENTRY_POINT)?;
        let stage = vk::PipelineShaderStageCreateInfo::default()
            .stage(vk::ShaderStageFlags::COMPUTE)
            .module(module)
            .name(&name);
        let wanted = vk::ComputePipelineCreateInfo::default()
            .flags(
                vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                    | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
            )
            .stage(stage)
            .layout(layout);
        // SAFETY: the module and the layout are alive and of this device.
        let made =
            unsafe { self.device.create_compute_pipelines(vk::PipelineCache::null(), &[wanted], None) };
        let pipelines =
            made.map_err(|(_, result)| result).context("the driver does not compile the shader")?;
        pipelines.first().copied().context("the driver made no pipeline")
    }

    fn made(&self, pipeline: vk::Pipeline) -> Result<Made> {
        let [blocks, assembly] = self.representations(pipeline, ["ACO IR", "Assembly"])?;
        let statistics = Statistics { loop_depth: loop_depth(&blocks), ..self.statistics(pipeline)? };
        Ok(Made { statistics, assembly })
    }

    /// All but the depth of loops.
    fn statistics(&self, pipeline: vk::Pipeline) -> Result<Statistics> {
        let wanted = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
        // SAFETY: the pipeline is alive, was made to be asked this, and a compute pipeline has an executable 0.
        let told = unsafe { self.statistics.get_pipeline_executable_statistics(&wanted) }?;
        let named = |name: &str| -> Result<u64> {
            let one = told.iter().find(|one| text(&one.name) == name);
            let one = one.with_context(|| format!("the driver does not tell {name:?}"))?;
            ensure!(one.format == vk::PipelineExecutableStatisticFormatKHR::UINT64, "{name:?} is no count");
            // SAFETY: the format says which member of the union was written.
            Ok(unsafe { one.value.u64 })
        };
        Ok(Statistics {
            inverse_throughput: named("Inverse Throughput")?,
            instructions: named("Instructions")?,
            code_bytes: named("Code size")?,
            vgprs: named("VGPRs")?,
            sgprs: named("SGPRs")?,
            spills: named("Spilled VGPRs")? + named("Spilled SGPRs")?,
            scratch_bytes: named("Scratch size")?,
            lds_bytes: named("LDS size")?,
            waves: named("Subgroups per SIMD")?,
            loop_depth: 0,
        })
    }

    /// Forms of the shader: the compiler's last before machine code, which names what each block is, and the machine code.
    fn representations<const N: usize>(
        &self,
        pipeline: vk::Pipeline,
        wanted_names: [&str; N],
    ) -> Result<[String; N]> {
        let ask = self.statistics.fp().get_pipeline_executable_internal_representations_khr;
        let wanted = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
        let mut count = 0;
        // SAFETY: without an array, the driver only counts.
        unsafe { ask(self.device.handle(), &wanted, &mut count, std::ptr::null_mut()) }.result()?;
        let mut told = vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
        // SAFETY: the array has room for as many as were counted; without data, the driver only writes sizes.
        unsafe { ask(self.device.handle(), &wanted, &mut count, told.as_mut_ptr()) }.result()?;
        let names: Vec<_> = told.iter().map(|one| text(&one.name)).collect();
        if let Some(missing) = wanted_names.iter().find(|wanted| names.iter().all(|name| name != **wanted)) {
            bail!("the driver tells {names:?}, no {missing:?}");
        }
        let mut data: Vec<Vec<u8>> = told.iter().map(|one| vec![0; one.data_size]).collect();
        for (one, data) in told.iter_mut().zip(&mut data) {
            one.p_data = data.as_mut_ptr().cast();
        }
        // SAFETY: each has room for as many bytes as it said, and all of it outlives the call.
        unsafe { ask(self.device.handle(), &wanted, &mut count, told.as_mut_ptr()) }.result()?;
        let of = |wanted: &str| names.iter().zip(&data).find(|(name, _)| *name == wanted);
        Ok(wanted_names.map(|wanted| of(wanted).map_or(String::new(), |(_, data)| until_zero(data))))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // SAFETY: nothing made of them is left, and neither is used again.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

/// The device of Mesa's driver for AMD cards, and the driver's version.
fn null_device(instance: &Instance) -> Result<(vk::PhysicalDevice, String)> {
    // SAFETY: the instance is alive.
    for physical in unsafe { instance.enumerate_physical_devices() }? {
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the device is one of this instance; Vulkan 1.2 knows the structure, and others leave it as it is.
        unsafe { instance.get_physical_device_properties2(physical, &mut properties) };
        if driver.driver_id == vk::DriverId::MESA_RADV {
            return Ok((physical, text(&driver.driver_info)));
        }
    }
    bail!("no Vulkan driver of Mesa's for AMD cards (Debian: mesa-vulkan-drivers)")
}

fn text(characters: &[std::ffi::c_char]) -> String {
    until_zero(&characters.iter().map(|c| *c as u8).collect::<Vec<_>>())
}

fn until_zero(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// How deep loops lie in each other, by the kinds that the compiler gives to blocks.
fn loop_depth(ir: &str) -> u32 {
    let (mut depth, mut deepest) = (0_u32, 0);
    for kinds in ir.lines().filter_map(|line| line.split_once("kind: ")).map(|(_, kinds)| kinds) {
        if kinds.contains("loop-exit") {
            depth = depth.saturating_sub(1);
        }
        if kinds.contains("loop-header") {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}
