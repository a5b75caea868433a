//! The stand-alone layer, for programs without a device of their own: an adapter, a device, upload, read back. Built only on
//! [`Kernels`], and nothing else in the library depends on it.

mod formula;
mod owner;
mod rows;

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_intrusive::channel::shared::{OneshotReceiver, oneshot_channel};

use super::device::{self, Kernel, Kernels, Parameters, Span, Step};
use super::{compat, wgpu};
use crate::error::Error;
use crate::operand::{Elements, Gated, GatedWithGradient, Operands, Output, Pair, PairForm, Single};
use crate::operation::{Direction, Operation};
use crate::shader::Shaders;
use crate::storage::{Element, Stored};
use owner::{Owner, Pending};

/// Which adapter [`Gpu::request`] takes, and how long it waits for results.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// Part of the adapter's name, upper and lower case alike. `None`: the best adapter.
    pub adapter: Option<String>,
    /// Only adapters of these backends. `None`: all that were compiled in.
    pub backends: Option<wgpu::Backends>,
    /// How long reading back waits for the device (natively; a browser decides for itself).
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { adapter: None, backends: None, timeout: Duration::from_secs(60) }
    }
}

impl Options {
    /// The defaults, with `WGPU_ADAPTER_NAME` and `WGPU_BACKEND` (as wgpu reads them) where they are set.
    #[must_use]
    pub fn from_env() -> Self {
        let adapter = std::env::var("WGPU_ADAPTER_NAME").ok().filter(|name| !name.is_empty());
        Self { adapter, backends: wgpu::Backends::from_env(), ..Self::default() }
    }
}

/// Every adapter of these backends, best first: discrete, integrated, virtual, and software ones last. All of a process are of one
/// [`wgpu::Instance`], unless a later call asks for backends that an earlier one had left out. Those of OpenGL are of one each call: an
/// instance has a single context there, which two threads could not use at once.
pub async fn adapters(backends: Option<wgpu::Backends>) -> Vec<wgpu::Adapter> {
    let backends = backends.unwrap_or(wgpu::Backends::all());
    let mut adapters = owner::enumerate(backends).await;
    adapters.sort_by_key(|adapter| {
        let info = adapter.get_info();
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        };
        // One device is often reached through several backends: OpenGL is the one that lacks most.
        (kind, info.backend == wgpu::Backend::Gl)
    });
    adapters
}

/// The adapter that the options name, to open a device with features or limits of your own on it: [`Gpu::from_parts`], or
/// [`Kernels::new`].
///
/// # Errors
/// [`Error::NoAdapter`] with the adapters that there are.
pub async fn request_adapter(options: &Options) -> Result<wgpu::Adapter, Error> {
    let mut adapters = adapters(options.backends).await;
    let named = |adapter: &wgpu::Adapter| match &options.adapter {
        Some(part) => adapter.get_info().name.to_lowercase().contains(&part.to_lowercase()),
        None => true,
    };
    match adapters.iter().position(named) {
        Some(index) => Ok(adapters.swap_remove(index)),
        None => Err(no_adapter(options, &adapters)),
    }
}

/// A device with its queue and kernels. Clones are of the same device, and share all.
///
/// A [`GpuBuffer`] is computed on by the device that made it: another one's is refused with [`Error::OtherGpu`]. Of bare buffers, in a
/// [`Span`] of learned parameters or of a formula, only wgpu knows the device: of one instance, it refuses them ([`Error::Refused`]).
/// Devices of two instances (of your own, or of OpenGL: other [`Gpu`]s that are requested share one) it cannot tell apart: what it does then is undefined.
///
/// ```no_run
/// use wgpu_activations::{Activation, Gpu};
/// let gpu = Gpu::new_blocking()?;
/// let x = gpu.upload(&[-2.0, 0.0, 3.0])?;
/// let y = gpu.forward(Activation::RELU, &x)?;
/// assert_eq!(gpu.read_blocking(&y)?, [0.0, 0.0, 3.0]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: wgpu::AdapterInfo,
    kernels: Kernels,
    #[cfg_attr(target_family = "wasm", allow(dead_code, reason = "a browser decides how long it waits"))]
    timeout: Duration,
    /// Whether the device was lost. `None` for a device that was given: its callback is the owner's.
    lost: Option<Lost>,
    owner: Arc<Owner>,
    /// What was uploaded and not submitted yet.
    pending: Arc<Pending>,
}

/// Why the device was lost, as its callback said.
type Lost = Arc<OnceLock<String>>;

/// Numbers on the device, contiguous: `f32`, [`half::f16`] or [`half::bf16`]. Empty ones exist.
///
/// ```no_run
/// use wgpu_activations::{Gpu, half::f16};
/// let gpu = Gpu::new_blocking()?;
/// let x = gpu.upload(&[1.0_f32, 2.0])?;
/// let halves = gpu.upload(&[f16::ONE])?; // its type says how it is stored
/// assert_eq!((x.len(), halves.len()), (2, 1));
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GpuBuffer<T = f32> {
    buffer: wgpu::Buffer,
    owner: Arc<Owner>,
    elements: u64,
    element: PhantomData<T>,
}

impl<T: Stored> GpuBuffer<T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.elements
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements == 0
    }

    /// The wgpu buffer. It has the usages `STORAGE`, `COPY_SRC` and `COPY_DST`, and may be larger than the elements.
    #[must_use]
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// The elements as an operand.
    #[must_use]
    pub fn span(&self) -> Span<'_> {
        Span::new(&self.buffer, 0, self.elements)
    }
}

const USAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

impl Gpu {
    /// Opens a device on the adapter that the options name, with the adapter's own limits and no features.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] with the adapters that there are, or [`Error::RequestDevice`].
    pub async fn request(options: &Options) -> Result<Self, Error> {
        let adapter = request_adapter(options).await?;
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("wgpu-activations"),
                required_limits: adapter.limits(),
                ..Default::default()
            })
            .await
            .map_err(|error| Error::RequestDevice {
                adapter: adapter.get_info().name,
                message: error.to_string(),
            })?;
        let lost = Lost::default();
        let told = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            // Only the first reason counts.
            let _ = told.set(format!("{reason:?}: {message}"));
        });
        let gpu = Self::from_parts_of(device, queue, adapter.get_info());
        Ok(Self { timeout: options.timeout, lost: Some(lost), ..gpu })
    }

    /// [`Gpu::request`], waiting for it.
    ///
    /// # Errors
    /// As [`Gpu::request`].
    #[cfg(not(target_family = "wasm"))]
    pub fn request_blocking(options: &Options) -> Result<Self, Error> {
        pollster::block_on(Self::request(options))
    }

    /// The best adapter, or the one that the environment names ([`Options::from_env`]).
    ///
    /// # Errors
    /// As [`Gpu::request`].
    #[cfg(not(target_family = "wasm"))]
    pub fn new_blocking() -> Result<Self, Error> {
        Self::request_blocking(&Options::from_env())
    }

    /// Works on a device that is yours. Sets no handlers on it: that it was lost shows as [`Error::DeviceLost`] all the same, without the
    /// driver's words, or, while it is waited for, as [`Error::Timeout`].
    #[must_use]
    pub fn from_parts(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let adapter = compat::adapter_info(&device);
        Self::from_parts_of(device, queue, adapter)
    }

    /// As [`Gpu::from_parts`], on a device of this adapter: wgpu 27 and 28 do not tell, as [`Kernels::with_adapter`] says.
    #[must_use]
    pub fn from_parts_with_adapter(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::Adapter,
    ) -> Self {
        Self::from_parts_of(device, queue, adapter.get_info())
    }

    #[cfg_attr(
        target_family = "wasm",
        allow(clippy::arc_with_non_send_sync, reason = "a browser's objects stay on their thread")
    )]
    fn from_parts_of(device: wgpu::Device, queue: wgpu::Queue, adapter: wgpu::AdapterInfo) -> Self {
        let kernels = Kernels::with(&device, &adapter, None, Shaders::default());
        let owner = Arc::new(Owner::new(&device));
        let pending = Arc::default();
        Self {
            device,
            queue,
            adapter,
            kernels,
            timeout: Options::default().timeout,
            lost: None,
            owner,
            pending,
        }
    }

    /// The same with files in place of the library's shaders. Its kernels are compiled anew.
    #[must_use]
    pub fn with_shaders(self, shaders: Shaders) -> Self {
        Self { kernels: Kernels::with(&self.device, &self.adapter, None, shaders), ..self }
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// The kernels, to bind and record by hand.
    #[must_use]
    pub fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// The adapter that the device is of.
    #[must_use]
    pub fn adapter_info(&self) -> wgpu::AdapterInfo {
        self.adapter.clone()
    }

    /// Copies values to the device. They go with the next submission; when many wait for one, this submits them.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] beyond the device's `max_buffer_size`; [`Error::OutOfMemory`]; [`Error::DeviceLost`].
    pub fn upload<T: Stored>(&self, values: &[T]) -> Result<GpuBuffer<T>, Error> {
        let buffer = self.create(values.len() as u64)?;
        let bytes: &[u8] = bytemuck::cast_slice(values);
        // A copy's length is a multiple of 4 bytes: an odd 16-bit number goes by itself.
        let (whole, rest) = bytes.split_at(bytes.len() / 4 * 4);
        let written = self.kernels.shared.watched("an upload", || {
            if !whole.is_empty() {
                self.queue.write_buffer(&buffer.buffer, 0, whole);
            }
            if let [low, high] = rest {
                self.queue.write_buffer(&buffer.buffer, whole.len() as u64, &[*low, *high, 0, 0]);
            }
        });
        self.or_lost(written)?;
        if self.pending.add(buffer.buffer.size()) {
            self.submit_nothing()?;
        }
        Ok(buffer)
    }

    /// y = f(x). The parameters are an [`Activation`](crate::Activation), or [`Parameters`] from elsewhere; so everywhere here.
    ///
    /// # Errors
    /// [`Error::OtherGpu`], [`Error::LimitExceeded`], [`Error::OutOfMemory`], [`Error::DeviceLost`], or what [`Kernel::bind`] returns.
    pub fn forward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::Forward, [x])
    }

    /// dx = f'(x) dy.
    ///
    /// # Errors
    /// As [`Gpu::forward`].
    pub fn backward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::Backward, [x, dy])
    }

    /// dx = f'(x) dy, with x given by its y = f(x).
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] where the derivative is not a function of the output; else as [`Gpu::forward`].
    pub fn backward_from_output<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        y: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::BackwardFromOutput, [y, dy])
    }

    /// f''(x) dy, 0 where the function is straight between kinks.
    ///
    /// # Errors
    /// As [`Gpu::forward`].
    pub fn second<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::Second, [x, dy])
    }

    /// ∂²f/∂x∂w(x) dy for learnable parameter number `index`, element by element.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is no such parameter; else as [`Gpu::forward`].
    pub fn second_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::SecondParameter(index), [x, dy])
    }

    /// ∂f/∂w(x) dy for learnable parameter number `index`, element by element. See [`Kernels::backward_parameter`].
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is no such parameter; else as [`Gpu::forward`].
    pub fn backward_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.elements(parameters.into(), Direction::BackwardParameter(index), [x, dy])
    }

    /// dw = Σ ∂f/∂w(x) dy for learnable parameter number `index`: one element for each channel, 0 for no inputs. See
    /// [`Kernels::parameter_gradient`].
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is no such parameter; else as [`Gpu::forward`].
    pub fn parameter_gradient<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer, Error> {
        self.elements(parameters.into(), Direction::ParameterGradient(index), [x, dy])
    }

    /// y = value · act(gate), or another gated function. The parameters are a [`Gate`](crate::Gate), or [`Parameters`] of one from
    /// elsewhere.
    ///
    /// # Errors
    /// As [`Gpu::forward`].
    pub fn gated_forward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: Pair<&GpuBuffer<T>>,
    ) -> Result<GpuBuffer<T>, Error> {
        let parameters = parameters.into().gated();
        let kernel = self.kernel::<T, Gated, Single>(&parameters, Direction::Forward)?;
        self.check_own(parts(&inputs))?;
        let y = self.create(values(&inputs))?;
        self.run(&kernel, parameters, inputs.map(GpuBuffer::span), y.span())?;
        Ok(y)
    }

    /// d_value and d_gate, arranged as the inputs are.
    ///
    /// # Errors
    /// As [`Gpu::forward`].
    pub fn gated_backward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: Pair<&GpuBuffer<T>>,
        dy: &GpuBuffer<T>,
    ) -> Result<Pair<GpuBuffer<T>>, Error> {
        let parameters = parameters.into().gated();
        let kernel = self.kernel::<T, GatedWithGradient, Gated>(&parameters, Direction::Backward)?;
        self.check_own(parts(&inputs).into_iter().chain([("dy", dy)]))?;
        let gradients = inputs.try_map(|input| self.create(input.len()))?;
        let outputs = gradients.as_ref().map(GpuBuffer::span);
        self.run(&kernel, parameters, (inputs.map(GpuBuffer::span), dy.span()), outputs)?;
        Ok(gradients)
    }

    /// value · ∂act/∂w(gate) dy for learnable parameter number `index`, element by element. See
    /// [`Kernels::gated_backward_parameter`].
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is no such parameter; else as [`Gpu::forward`].
    pub fn gated_backward_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        inputs: Pair<&GpuBuffer<T>>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        let elements = values(&inputs);
        self.gated_terms(parameters.into().gated(), Direction::BackwardParameter(index), inputs, dy, elements)
    }

    /// dw = Σ value · ∂act/∂w(gate) dy for learnable parameter number `index`: one element for each channel, 0 for no inputs. See
    /// [`Kernels::gated_parameter_gradient`].
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is no such parameter; else as [`Gpu::forward`].
    pub fn gated_parameter_gradient<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        inputs: Pair<&GpuBuffer<T>>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer, Error> {
        let parameters = parameters.into().gated();
        let channels = parameters.channels().count();
        self.gated_terms(parameters, Direction::ParameterGradient(index), inputs, dy, channels)
    }

    /// A kernel for operands of this type.
    fn kernel<T: Element, I: Operands, O: Output>(
        &self,
        parameters: &Parameters<'_>,
        direction: Direction,
    ) -> Result<Kernel<I, O>, Error> {
        self.or_lost(
            self.kernels.kernel(Operation { what: parameters.function.what(), direction }, T::STORAGE),
        )
    }

    /// One result for each element, or for each channel.
    fn elements<T: Element, R: Element, const INPUTS: usize>(
        &self,
        parameters: Parameters<'_>,
        direction: Direction,
        inputs: [&GpuBuffer<T>; INPUTS],
    ) -> Result<GpuBuffer<R>, Error> {
        let kernel = self.kernel::<T, Elements<INPUTS>, Single>(&parameters, direction)?;
        self.check_own(kernel.spec().input_names().into_iter().zip(inputs))?;
        let elements = if direction.is_summed() {
            parameters.channels().count()
        } else {
            inputs.first().map_or(0, |input| input.len())
        };
        let output = self.create(elements)?;
        self.run(&kernel, parameters, inputs.map(GpuBuffer::span), output.span())?;
        Ok(output)
    }

    fn gated_terms<T: Element, R: Element>(
        &self,
        parameters: Parameters<'_>,
        direction: Direction,
        inputs: Pair<&GpuBuffer<T>>,
        dy: &GpuBuffer<T>,
        results: u64,
    ) -> Result<GpuBuffer<R>, Error> {
        let kernel = self.kernel::<T, GatedWithGradient, Single>(&parameters, direction)?;
        self.check_own(parts(&inputs).into_iter().chain([("dy", dy)]))?;
        let output = self.create(results)?;
        self.run(&kernel, parameters, (inputs.map(GpuBuffer::span), dy.span()), output.span())?;
        Ok(output)
    }

    /// Copies values back, without blocking the thread: natively a thread of its own waits for this submission alone.
    ///
    /// # Errors
    /// [`Error::Timeout`] after [`Options::timeout`]; [`Error::DeviceLost`]; [`Error::OtherGpu`]; [`Error::LimitExceeded`];
    /// [`Error::OutOfMemory`]; [`Error::NoThread`].
    pub async fn read<T: Stored>(&self, buffer: &GpuBuffer<T>) -> Result<Vec<T>, Error> {
        if buffer.is_empty() {
            return Ok(Vec::new());
        }
        let view = self.mapped(self.begin_read(buffer)?).await?;
        Ok(collect(&view, buffer.elements))
    }

    /// Waits for a copy on its way back.
    pub(crate) async fn mapped(&self, readback: Readback) -> Result<wgpu::BufferView, Error> {
        #[cfg(not(target_family = "wasm"))]
        let waited = {
            let (gpu, submission) = (self.clone(), readback.submission.clone());
            let (sender, receiver) = oneshot_channel();
            let thread = std::thread::Builder::new().spawn(move || {
                // The receiver is only gone if nobody asks for the result any more.
                let _ = sender.send(gpu.wait(submission));
            });
            thread.map_err(|error| Error::NoThread { message: error.to_string() })?;
            receiver.receive().await
        };
        #[cfg(target_family = "wasm")]
        let waited = Some(self.kernels.deferred_error().await);
        match waited {
            Some(Err(error)) => Err(error),
            _ => self.finish_read(&readback.staging, readback.mapped.receive().await),
        }
    }

    /// [`Gpu::read`], waiting for it.
    ///
    /// # Errors
    /// As [`Gpu::read`].
    #[cfg(not(target_family = "wasm"))]
    pub fn read_blocking<T: Stored>(&self, buffer: &GpuBuffer<T>) -> Result<Vec<T>, Error> {
        if buffer.is_empty() {
            return Ok(Vec::new());
        }
        let readback = self.begin_read(buffer)?;
        self.wait(readback.submission)?;
        let view = self.finish_read(&readback.staging, pollster::block_on(readback.mapped.receive()))?;
        Ok(collect(&view, buffer.elements))
    }

    /// Buffers of this device. What is lost is told first: of a lost device's buffers, nothing can be known.
    fn check_own<'a, T: Stored>(
        &self,
        buffers: impl IntoIterator<Item = (&'static str, &'a GpuBuffer<T>)>,
    ) -> Result<(), Error> {
        for (operand, buffer) in buffers {
            if !self.owner.is(&buffer.owner) {
                self.check_lost()?;
                return Err(Error::OtherGpu { operand });
            }
        }
        Ok(())
    }

    fn create<T: Stored>(&self, elements: u64) -> Result<GpuBuffer<T>, Error> {
        let buffer = self.create_buffer("values", bytes_of::<T>(elements), USAGE)?;
        Ok(GpuBuffer { buffer, owner: Arc::clone(&self.owner), elements, element: PhantomData })
    }

    fn create_buffer(
        &self,
        what: &'static str,
        size: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer, Error> {
        self.check_lost()?;
        self.kernels.shared.limits.check_buffer_size(what, size)?;
        let descriptor = wgpu::BufferDescriptor {
            label: Some("wgpu-activations"),
            size,
            usage,
            mapped_at_creation: false,
        };
        self.or_lost(self.kernels.shared.watched(what, || self.device.create_buffer(&descriptor)))
    }

    /// Binds, records and submits.
    fn run<I: Operands, O: Output>(
        &self,
        kernel: &Kernel<I, O>,
        parameters: Parameters<'_>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<(), Error> {
        self.submit(&self.or_lost(kernel.bind(parameters, inputs, outputs))?)
    }

    fn submit(&self, step: &Step) -> Result<(), Error> {
        let submitted = self.kernels.shared.watched("a submission", || {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            step.record(&mut encoder.begin_compute_pass(&Default::default()));
            self.queue.submit([encoder.finish()]);
        });
        self.pending.clear();
        self.or_lost(submitted)?;
        self.check_lost()
    }

    /// Lets wgpu begin what was written, and free what it needed for what is done.
    fn submit_nothing(&self) -> Result<(), Error> {
        let submitted = self.kernels.shared.watched("an upload", || self.queue.submit([]));
        self.or_lost(submitted).map(|_| ())
    }

    /// Starts copying values back.
    pub(crate) fn begin_read<T: Stored>(&self, buffer: &GpuBuffer<T>) -> Result<Readback, Error> {
        self.check_own([("the buffer", buffer)])?;
        let size = bytes_of::<T>(buffer.elements);
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = self.create_buffer("a read-back", size, usage)?;
        let (sender, mapped) = oneshot_channel();
        let copied = self.kernels.shared.watched("a read-back", || {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(&buffer.buffer, 0, &staging, 0, size);
            let submission = self.queue.submit([encoder.finish()]);
            staging.map_async(wgpu::MapMode::Read, .., move |result| {
                // The receiver is only gone if nobody asks for the result any more.
                let _ = sender.send(result);
            });
            submission
        });
        let submission = self.or_lost(copied)?;
        Ok(Readback { staging, submission, mapped })
    }

    #[cfg(not(target_family = "wasm"))]
    fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<(), Error> {
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(self.timeout) };
        match self.device.poll(wait) {
            Ok(_) => self.check_lost(),
            Err(wgpu::PollError::Timeout) => Err(Error::Timeout { seconds: self.timeout.as_secs_f64() }),
            Err(error) => self.or_lost(Err(Error::Refused { what: "waiting", message: error.to_string() })),
        }
    }

    fn finish_read(
        &self,
        staging: &wgpu::Buffer,
        mapped: Option<Result<(), wgpu::BufferAsyncError>>,
    ) -> Result<wgpu::BufferView, Error> {
        self.check_lost()?;
        if mapped != Some(Ok(())) {
            let message = "the buffer could not be mapped".to_owned();
            return Err(Error::Refused { what: "a read-back", message });
        }
        compat::map_to_read(staging, "a read-back")
    }

    /// wgpu tells of a loss while it polls, and only there: on its own device this layer may do that.
    fn check_lost(&self) -> Result<(), Error> {
        let Some(lost) = &self.lost else { return self.kernels.shared.check_lost() };
        let _ = self.device.poll(wgpu::PollType::Poll);
        match lost.get() {
            Some(message) => Err(Error::DeviceLost { message: message.clone() }),
            None => Ok(()),
        }
    }

    /// On a lost device wgpu objects to whatever comes first, and tells of the loss once nothing is in flight any more: an error waits
    /// for that, and then the loss is what to tell.
    pub(crate) fn or_lost<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let Err(error) = result else { return result };
        #[cfg(not(target_family = "wasm"))]
        if self.lost.is_some() {
            let _ = self
                .device
                .poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(self.timeout) });
        }
        self.check_lost().and(Err(error))
    }
}

/// How many values there are of a pair.
fn values<T: Element>(pair: &Pair<&GpuBuffer<T>>) -> u64 {
    match pair.0 {
        PairForm::Separate { value, .. } => value.len(),
        PairForm::Packed { x, .. } => x.len() / 2,
    }
}

/// The buffers of a pair, as errors name them.
fn parts<'a, T: Element>(pair: &Pair<&'a GpuBuffer<T>>) -> Vec<(&'static str, &'a GpuBuffer<T>)> {
    match pair.0 {
        PairForm::Separate { value, gate } => vec![("value", value), ("gate", gate)],
        PairForm::Packed { x, .. } => vec![("x", x)],
    }
}

/// The size of a buffer: buffers and bindings of no bytes are invalid, and copies take whole words.
fn bytes_of<T: Stored>(elements: u64) -> u64 {
    (elements * size_of::<T>() as u64).next_multiple_of(4).max(4)
}

/// The elements of a copy, which may be longer.
fn collect<T: Stored>(copy: &[u8], elements: u64) -> Vec<T> {
    let mut values: Vec<T> = bytemuck::pod_collect_to_vec(copy);
    values.truncate(usize::try_from(elements).unwrap_or(usize::MAX));
    values
}

/// A copy on its way back.
pub(crate) struct Readback {
    staging: wgpu::Buffer,
    #[cfg_attr(target_family = "wasm", allow(dead_code, reason = "a browser waits by itself"))]
    submission: wgpu::SubmissionIndex,
    mapped: OneshotReceiver<Result<(), wgpu::BufferAsyncError>>,
}

fn no_adapter(options: &Options, adapters: &[wgpu::Adapter]) -> Error {
    let name = options.adapter.as_ref().map(|part| format!(" whose name contains {part:?}"));
    let backends = options.backends.map(|backends| format!(" of the backends {backends:?}"));
    let describe = |adapter: &wgpu::Adapter| {
        let info = adapter.get_info();
        format!("{} ({:?})", info.name, info.backend)
    };
    Error::NoAdapter {
        wanted: name.unwrap_or_default() + &backends.unwrap_or_default(),
        available: adapters.iter().map(describe).collect(),
    }
}
