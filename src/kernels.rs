//! Kernels of one device: pipelines, compiled once and cached.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::activation::Kind;
use crate::error::Error;
use crate::gate::GateKind;
use crate::gated::{GatedBackward, GatedForward};
use crate::parameters::Parameters;
use crate::plan::{Limits, Width};
use crate::shader::{Direction, Division, Program, Shaders};
use crate::span::Span;
use crate::step::{self, Request, Step};
use crate::storage::Storage;
use crate::warm_up::WarmUp;

/// The kernels of one device. Cheap to clone; clones share their pipelines.
///
/// Takes a device that you own and keeps a handle on it; submits nothing, polls nothing, and installs no handlers. Needs no
/// optional wgpu feature, and no limits above WebGPU's smallest.
#[derive(Debug, Clone)]
pub struct Kernels {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) device: wgpu::Device,
    pub(crate) limits: Limits,
    pub(crate) division: Division,
    max_buffer_size: u64,
    /// The caller's, for drivers that keep compiled shaders.
    pipeline_cache: Option<wgpu::PipelineCache>,
    /// Files in place of the library's.
    pub(crate) shaders: Shaders,
    /// A cell for each program, so that two threads compile different programs at once and the same one only once.
    pipelines: Mutex<HashMap<Program, Cell>>,
    #[cfg(target_family = "wasm")]
    late: crate::late::Late,
}

type Cell = Arc<OnceLock<Result<Pipeline, Error>>>;

#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
    pub(crate) label: Arc<str>,
}

/// One direction of one activation in one storage type, ready to be bound to buffers. `INPUTS` is the number of operands that it reads:
/// 1 forward (`[x]`), 2 backward (`[x, dy]`, or `[y, dy]` from the output).
#[derive(Debug, Clone)]
pub struct Kernel<const INPUTS: usize> {
    kernels: Kernels,
    kind: Kind,
    direction: Direction,
    storage: Storage,
}

impl Kernels {
    /// The kernels of this device; nothing is compiled yet.
    #[must_use]
    pub fn new(device: &wgpu::Device) -> Self {
        Self::with(device, None, Shaders::default())
    }

    /// As [`Kernels::new`], compiling through a pipeline cache of yours, made on this device with the feature `PIPELINE_CACHE`. What it
    /// holds afterwards is yours to keep: [`wgpu::PipelineCache::get_data`].
    #[must_use]
    pub fn with_pipeline_cache(device: &wgpu::Device, cache: wgpu::PipelineCache) -> Self {
        Self::with(device, Some(cache), Shaders::default())
    }

    #[cfg_attr(
        target_family = "wasm",
        allow(clippy::arc_with_non_send_sync, reason = "a browser's objects stay on their thread")
    )]
    pub(crate) fn with(
        device: &wgpu::Device,
        pipeline_cache: Option<wgpu::PipelineCache>,
        shaders: Shaders,
    ) -> Self {
        let limits = device.limits();
        Self {
            shared: Arc::new(Shared {
                device: device.clone(),
                limits: Limits::from(&limits),
                division: Division::of(device.adapter_info().device_type),
                max_buffer_size: limits.max_buffer_size,
                pipeline_cache,
                shaders,
                pipelines: Mutex::default(),
                #[cfg(target_family = "wasm")]
                late: crate::late::Late::default(),
            }),
        }
    }

    /// Compiles ahead of time what these kernels need for operands in buffers of their own, at any offset; natively on several
    /// threads. What is left for when something is bound that needs it are the shaders of other layouts (operands that share a
    /// buffer, values and gates that share a range), and those that sum gradients by channel, which depend on the length.
    ///
    /// # Errors
    /// [`Error::NotLearnable`], [`Error::NothingToDraw`] or [`Error::NoBackwardFromOutput`] for what an activation does not have, before
    /// anything is compiled; [`Error::Refused`] as for [`Kernels::forward`].
    pub fn warm_up<K: Copy + Into<WarmUp>>(&self, kernels: &[K]) -> Result<(), Error> {
        let kernels: Vec<WarmUp> = kernels.iter().map(|kernel| (*kernel).into()).collect();
        kernels.iter().try_for_each(WarmUp::check)?;
        let programs: Vec<Program> = kernels.iter().flat_map(WarmUp::programs).collect();
        self.shared.compile_all(&programs)
    }

    /// How many programs were asked for.
    #[cfg(all(test, feature = "gpu"))]
    pub(crate) fn compiled(&self) -> usize {
        self.shared.pipelines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What wgpu objected to in earlier calls. Natively each call returns that itself and this is `Ok`. A browser tells later: there,
    /// what it refuses does nothing, and this waits for it to say so. `Gpu::read` asks it, too.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::OutOfMemory`], for the first objection since this was last called.
    pub async fn objections(&self) -> Result<(), Error> {
        #[cfg(target_family = "wasm")]
        self.shared.late.settle().await?;
        Ok(())
    }

    /// y = f(x). Operands: `[x]`, y.
    ///
    /// # Errors
    /// [`Error::Refused`] if wgpu does not accept the shader, which would be a defect here or in the driver.
    pub fn forward(&self, kind: Kind, storage: Storage) -> Result<Kernel<1>, Error> {
        self.kernel(kind, Direction::Forward, storage)
    }

    /// dx = f'(x) dy. Operands: `[x, dy]`, dx.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn backward(&self, kind: Kind, storage: Storage) -> Result<Kernel<2>, Error> {
        self.kernel(kind, Direction::Backward, storage)
    }

    /// dx = f'(x) dy, with x given by its y = f(x). Operands: `[y, dy]`, dx.
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] if no parameters make that possible; whether those at hand do is checked when binding.
    pub fn backward_from_output(&self, kind: Kind, storage: Storage) -> Result<Kernel<2>, Error> {
        self.kernel(kind, Direction::BackwardFromOutput, storage)
    }

    /// ∂f/∂w(x) dy for learnable parameter number `index`, element by element. Operands: `[x, dy]`, and as many results.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the activation has no such parameter.
    pub fn backward_parameter(&self, kind: Kind, index: usize, storage: Storage) -> Result<Kernel<2>, Error> {
        self.kernel(kind, Direction::BackwardParameter(index), storage)
    }

    /// dw = Σ ∂f/∂w(x) dy for learnable parameter number `index`. Operands: `[x, dy]`, dw: an f32 for each channel, a single one
    /// where the parameters are not [`Parameters::learned`] by channel.
    ///
    /// Summed in an order that depends on lengths and alignment alone, so every run of one adapter gives the same bits. The error
    /// is at most [`parameter_gradient_error`](crate::parameter_gradient_error) · Σ|∂f/∂w(x) dy|, and the terms' own errors.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the activation has no such parameter.
    pub fn parameter_gradient(&self, kind: Kind, index: usize, storage: Storage) -> Result<Kernel<2>, Error> {
        self.kernel(kind, Direction::ParameterGradient(index), storage)
    }

    /// y = value · act(gate), and other gated functions. See [`GatedForward::bind`] for the operands.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn gated_forward(&self, gate: impl Into<GateKind>, storage: Storage) -> Result<GatedForward, Error> {
        GatedForward::new(self, gate.into(), storage)
    }

    /// d_value and d_gate in one pass. See [`GatedBackward::bind`] for the operands.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn gated_backward(
        &self,
        gate: impl Into<GateKind>,
        storage: Storage,
    ) -> Result<GatedBackward, Error> {
        GatedBackward::new(self, gate.into(), storage)
    }

    /// Compiles the program that aligned buffers of their own need; others are compiled when something is bound that needs them.
    fn kernel<const INPUTS: usize>(
        &self,
        kind: Kind,
        direction: Direction,
        storage: Storage,
    ) -> Result<Kernel<INPUTS>, Error> {
        let first = WarmUp::new(kind, direction, storage);
        first.check()?;
        self.shared.pipeline(first.program(Width::Wide))?;
        Ok(Kernel { kernels: self.clone(), kind, direction, storage })
    }
}

impl<const INPUTS: usize> Kernel<INPUTS> {
    /// Which function.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What is computed of it.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Prepares a step for these parameters, inputs and output. Record it as often as you like. Parameters are an
    /// [`Activation`](crate::Activation), or come from elsewhere ([`Parameters`]).
    ///
    /// The output may be exactly the range of an input (in place); else it must not overlap any. Inputs may overlap. All
    /// may be ranges of one buffer. Every buffer needs the usage `STORAGE`. Zero elements make a step that does nothing.
    ///
    /// Creates a small uniform buffer and a bind group for each dispatch; submits nothing and needs no queue.
    ///
    /// # Errors
    /// [`Error::WrongKernel`], [`Error::LengthMismatch`], [`Error::OutOfBounds`], [`Error::CutOff`], [`Error::Misaligned`],
    /// [`Error::MissingUsage`], [`Error::Overlap`], [`Error::LimitExceeded`], [`Error::NoBackwardFromOutput`] (for these parameters);
    /// for [`Parameters`] from elsewhere [`Error::WrongParameters`], [`Error::NotDivisible`], [`Error::TooClose`],
    /// [`Error::NothingToDraw`]; and [`Error::Refused`] where wgpu itself objects, say to a buffer of another device.
    pub fn bind<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: [Span<'_>; INPUTS],
        output: Span<'_>,
    ) -> Result<Step, Error> {
        self.prepare(parameters.into(), &inputs, output, false, None)
    }

    /// As [`Kernel::bind`], but results are added to what the output holds: `dx += f'(x) dy`, as gradients of several paths need it.
    /// In f32, with one rounding to the storage type.
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn bind_accumulate<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: [Span<'_>; INPUTS],
        output: Span<'_>,
    ) -> Result<Step, Error> {
        self.prepare(parameters.into(), &inputs, output, true, None)
    }

    /// Binds a step anew, to other buffers, ranges or parameters. It keeps to accumulating or not. Pipelines, uniforms and scratch
    /// that fit are used again: with ranges of the same length and alignment and the same parameters, all that is made is a
    /// bind group for each dispatch. What was recorded with it before stays as it was. On an error, so does the step.
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn rebind<'a>(
        &self,
        step: &mut Step,
        parameters: impl Into<Parameters<'a>>,
        inputs: [Span<'_>; INPUTS],
        output: Span<'_>,
    ) -> Result<(), Error> {
        *step = self.prepare(parameters.into(), &inputs, output, step.accumulate, Some(step))?;
        Ok(())
    }

    fn prepare(
        &self,
        parameters: Parameters<'_>,
        inputs: &[Span<'_>],
        output: Span<'_>,
        accumulate: bool,
        earlier: Option<&Step>,
    ) -> Result<Step, Error> {
        let activation = parameters.activation;
        if activation.kind() != self.kind {
            let (kernel, activation) = (self.kind.name(), activation.kind().name());
            return Err(Error::WrongKernel { kernel, activation });
        }
        if self.direction == Direction::BackwardFromOutput {
            activation.check_from_output()?;
        }
        let (direction, storage) = (self.direction, self.storage);
        let request = Request { direction, storage, parameters, inputs, output, accumulate };
        let shared = &self.kernels.shared;
        shared.watched("a step", || step::bind(shared, request, earlier))?
    }
}

impl Shared {
    /// The compiled program; compiles it if it is new.
    pub(crate) fn pipeline(&self, program: Program) -> Result<Pipeline, Error> {
        let cell = {
            let mut pipelines = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(pipelines.entry(program).or_default())
        };
        cell.get_or_init(|| self.watched("a pipeline", || self.compile(&program))).clone()
    }

    /// Compiles what is new, on as many threads as there are processors: drivers take milliseconds for each.
    #[cfg(not(target_family = "wasm"))]
    fn compile_all(&self, programs: &[Program]) -> Result<(), Error> {
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
    fn compile_all(&self, programs: &[Program]) -> Result<(), Error> {
        programs.iter().try_for_each(|it| self.pipeline(*it).map(|_| ()))
    }

    /// Runs `make` with wgpu's objections caught: what a caller got wrong beyond what can be checked becomes an error here, and never
    /// reaches the handlers of a device that is not ours.
    pub(crate) fn watched<T>(&self, what: &'static str, make: impl FnOnce() -> T) -> Result<T, Error> {
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let made = make();
        let popped = [internal.pop(), memory.pop(), validation.pop()];
        #[cfg(target_family = "wasm")]
        self.late.keep(what, popped);
        #[cfg(not(target_family = "wasm"))]
        if let Some(error) = popped.into_iter().find_map(now) {
            return Err(Error::from_wgpu(what, &error));
        }
        Ok(made)
    }

    /// The program's text on this device.
    pub(crate) fn source(&self, program: &Program) -> String {
        self.shaders.applied_to(program.source(self.division))
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
        // SAFETY: all loops end. Those of the elementwise shell count up to a constant or to `job.words`, those of the sum shell by
        // at least one up to what the plan says; those over a word's elements and over philox's rounds, to constants. All else is checked.
        let module = unsafe { self.device.create_shader_module_trusted(descriptor, checks) };
        let layout = self.bind_group_layout(program, &label);
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                // The sum shell writes its workgroup memory before it reads it.
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
        let job = entry(0, wgpu::BufferBindingType::Uniform, step::Job::BYTES);
        let slots = (1..).zip(program.slots()).map(|(binding, slot)| {
            entry(binding, wgpu::BufferBindingType::Storage { read_only: !slot.writes }, slot.element_bytes)
        });
        let entries: Vec<_> = std::iter::once(job).chain(slots).collect();
        self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &entries,
        })
    }

    /// Refuses a buffer that would be larger than the device allows.
    pub(crate) fn check_buffer_size(&self, what: &'static str, bytes: u64) -> Result<(), Error> {
        if bytes > self.max_buffer_size {
            let allowed = self.max_buffer_size;
            return Err(Error::LimitExceeded { what, limit: "max_buffer_size", wanted: bytes, allowed });
        }
        Ok(())
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
