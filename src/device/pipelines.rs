//! Compiled programs of one device.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

#[cfg(target_family = "wasm")]
use super::late::Late;
#[cfg(not(target_family = "wasm"))]
use super::refusal::error_of;
use super::{compat, wgpu};
use crate::error::Error;
use crate::plan::{Job, Limits};
use crate::shader::{Division, Program, Shaders, Target};
use crate::storage::Halves;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) device: wgpu::Device,
    pub(crate) limits: Limits,
    pub(crate) division: Division,
    /// Found out when the first shader is composed.
    halves: OnceLock<Halves>,
    backend: wgpu::Backend,
    /// The caller's, for drivers that keep compiled shaders.
    pipeline_cache: Option<wgpu::PipelineCache>,
    /// Files in place of the library's.
    pub(crate) shaders: Shaders,
    /// A cell for each program, so that two threads compile different programs at once and the same one only once.
    pipelines: Mutex<HashMap<Program, Arc<Compiled>>>,
    #[cfg(target_family = "wasm")]
    pub(crate) late: Late,
}

#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
    pub(crate) label: Arc<str>,
}

/// A program's place: whoever asks while it is compiled waits for that. A failure is not kept: it may have been the device's.
#[derive(Debug)]
struct Once<T>(Mutex<Option<T>>);

type Compiled = Once<Pipeline>;

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Once<T> {
    fn get_or_make(&self, make: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &*made {
            return Ok(value.clone());
        }
        Ok(made.insert(make()?).clone())
    }
}

impl Shared {
    /// A device without compiled programs yet.
    pub(crate) fn new(
        device: &wgpu::Device,
        adapter: &wgpu::AdapterInfo,
        pipeline_cache: Option<wgpu::PipelineCache>,
        shaders: Shaders,
    ) -> Self {
        Self {
            device: device.clone(),
            limits: Limits::from(&device.limits()),
            division: Target::from(adapter.device_type).division,
            halves: OnceLock::new(),
            backend: adapter.backend,
            pipeline_cache,
            shaders,
            pipelines: Mutex::default(),
            #[cfg(target_family = "wasm")]
            late: Late::default(),
        }
    }

    /// How many programs were asked for.
    #[cfg(all(test, feature = "gpu"))]
    pub(crate) fn compiled(&self) -> usize {
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The compiled program; compiles it if it is new.
    pub(crate) fn pipeline(&self, program: Program) -> Result<Pipeline, Error> {
        self.limits.check_program(&program)?;
        let cell = {
            let mut pipelines = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(pipelines.entry(program).or_default())
        };
        cell.get_or_make(|| {
            let compiled = self.watched("a pipeline", || self.compile(&program))?;
            self.check_lost()?;
            Ok(compiled)
        })
    }

    /// Compiles what is new, on as many threads as there are CPUs: drivers take milliseconds for each.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn compile_all(&self, programs: &[Program]) -> Result<(), Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = programs.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let compile =
                |share: &'_ [Program]| share.iter().try_for_each(|it| self.pipeline(*it).map(|_| ()));
            let workers: Vec<_> =
                programs.chunks(share).map(|share| scope.spawn(move || compile(share))).collect();
            workers.into_iter().try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
    }

    /// A browser compiles in a process of its own.
    #[cfg(target_family = "wasm")]
    pub(crate) fn compile_all(&self, programs: &[Program]) -> Result<(), Error> {
        programs.iter().try_for_each(|it| self.pipeline(*it).map(|_| ()))
    }

    /// Runs `make` with wgpu's errors caught: what a caller got wrong beyond what can be checked becomes an error here, and never
    /// reaches the handlers of a device that is not ours.
    pub(crate) fn watched<T>(&self, what: &'static str, make: impl FnOnce() -> T) -> Result<T, Error> {
        let validation = compat::Scope::push(&self.device, wgpu::ErrorFilter::Validation);
        let memory = compat::Scope::push(&self.device, wgpu::ErrorFilter::OutOfMemory);
        let internal = compat::Scope::push(&self.device, wgpu::ErrorFilter::Internal);
        let made = make();
        let popped = [internal.pop(), memory.pop(), validation.pop()];
        #[cfg(target_family = "wasm")]
        self.late.keep(what, popped);
        #[cfg(not(target_family = "wasm"))]
        if let Some(error) = popped.into_iter().find_map(now) {
            return Err(error_of(what, &error));
        }
        Ok(made)
    }

    /// The program's text on this device.
    pub(crate) fn source(&self, program: &Program) -> String {
        let target = Target { division: self.division, halves: self.halves() };
        self.shaders.applied_to(program.source(target), program.spec.precision())
    }

    fn halves(&self) -> Halves {
        // A version of wgpu that does not tell the adapter says that it is none.
        let bits = matches!(self.backend, wgpu::Backend::Gl | wgpu::Backend::Noop);
        let has_f16 = self.device.features().contains(wgpu::Features::SHADER_F16);
        *self.halves.get_or_init(|| Halves::of(bits, has_f16, || self.has_unpack()))
    }

    /// Whether the device takes `unpack2x16float`. Adapters tell that by a downlevel flag, which devices do not hand on.
    #[cfg(not(target_family = "wasm"))]
    fn has_unpack(&self) -> bool {
        const PROBE: &str = "fn probe(word: u32) -> vec2<f32> { return unpack2x16float(word); }";
        let module = wgpu::ShaderModuleDescriptor {
            label: Some("wgpu-activations probe"),
            source: wgpu::ShaderSource::Wgsl(PROBE.into()),
        };
        self.watched("a probe", || self.device.create_shader_module(module)).is_ok()
    }

    /// Every browser's does.
    #[cfg(target_family = "wasm")]
    fn has_unpack(&self) -> bool {
        true
    }

    fn compile(&self, program: &Program) -> Pipeline {
        let label = program.label();
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(self.source(program).into()),
        };
        // Else every loop carries a 64-bit counter that ends it, and drivers do not unroll it.
        let checks =
            wgpu::ShaderRuntimeChecks { force_loop_bounding: false, ..wgpu::ShaderRuntimeChecks::checked() };
        // SAFETY: all loops end. Those of the elementwise shell count up to a constant or to `job.words`, those of the sum shell
        // and of rows by at least one up to what the plan says, or halve a count; those over a word's elements and over philox's rounds, to constants. All else is checked.
        let module = unsafe { self.device.create_shader_module_trusted(descriptor, checks) };
        let layout = self.bind_group_layout(program, &label);
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            #[allow(clippy::useless_conversion, reason = "since wgpu 29, layouts are optional")]
            bind_group_layouts: &[(&layout).into()],
            ..Default::default()
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                // Shells write their workgroup memory before they read it.
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: self.pipeline_cache.as_ref(),
        });
        Pipeline { pipeline, layout, label: label.into() }
    }

    fn bind_group_layout(&self, program: &Program, label: &str) -> wgpu::BindGroupLayout {
        // Sizes stated here are checked once, when a step is bound, and not at every dispatch.
        let entry = |binding, ty, bytes| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty,
                has_dynamic_offset: false,
                min_binding_size: NonZeroU64::new(bytes),
            },
            count: None,
        };
        let job = entry(0, wgpu::BufferBindingType::Uniform, Job::BYTES);
        let slots = (1..).zip(program.slots()).map(|(binding, slot)| {
            entry(binding, wgpu::BufferBindingType::Storage { read_only: !slot.writes }, slot.element_bytes)
        });
        let entries: Vec<_> = std::iter::once(job).chain(slots).collect();
        self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &entries,
        })
    }

    /// Whether the device is still there. wgpu tells that to a handler alone, which is the owner's; but what it makes on a lost device
    /// is invalid without an error, and cannot be unmapped.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn check_lost(&self) -> Result<(), Error> {
        let descriptor = wgpu::BufferDescriptor {
            label: Some("wgpu-activations probe"),
            size: wgpu::COPY_BUFFER_ALIGNMENT,
            usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: true,
        };
        match self.watched("a probe", || self.device.create_buffer(&descriptor).unmap()) {
            Err(Error::Refused { .. }) => {
                Err(Error::DeviceLost { message: "wgpu makes nothing on it any more".to_owned() })
            }
            other => other,
        }
    }

    /// A browser's device tells it to its own handler, later.
    #[cfg(target_family = "wasm")]
    pub(crate) fn check_lost(&self) -> Result<(), Error> {
        Ok(())
    }
}

#[allow(clippy::useless_conversion, reason = "before wgpu 29, sizes of bindings have 32 bits")]
impl From<&wgpu::Limits> for Limits {
    fn from(limits: &wgpu::Limits) -> Self {
        Self {
            max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size.into(),
            min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment.into(),
            max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage,
            max_uniform_buffer_binding_size: limits.max_uniform_buffer_binding_size.into(),
            max_buffer_size: limits.max_buffer_size,
            max_compute_workgroup_size_x: limits.max_compute_workgroup_size_x,
            max_compute_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
            max_compute_workgroup_storage_size: limits.max_compute_workgroup_storage_size,
        }
    }
}

/// Words are divided by the kind of adapter.
impl From<wgpu::DeviceType> for Target {
    fn from(device_type: wgpu::DeviceType) -> Self {
        if device_type == wgpu::DeviceType::Cpu { Self::CPU } else { Self::GPU }
    }
}

/// What a popped error scope holds: natively that is known at once.
#[cfg(not(target_family = "wasm"))]
fn now(popped: impl Future<Output = Option<wgpu::Error>>) -> Option<wgpu::Error> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(popped).poll(&mut context) {
        std::task::Poll::Ready(error) => error,
        std::task::Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Once;
    use crate::Error;

    #[test]
    fn a_failure_is_not_kept() {
        let once = Once::default();
        let memory = || Err::<u32, _>(Error::OutOfMemory { message: String::new() });
        assert!(once.get_or_make(memory).is_err());
        assert_eq!(once.get_or_make(|| Ok(1)), Ok(1));
        assert_eq!(once.get_or_make(|| Ok(2)), Ok(1));
    }
}
