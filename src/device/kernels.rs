//! Kernels of one device, and how they are bound.

use std::marker::PhantomData;
use std::sync::Arc;

use super::builder::Maker;
use super::operands::Parameters;
use super::pipelines::Shared;
use super::step::{Step, Wanted};
use super::variable::VariableStep;
use super::{compat, wgpu};
use crate::error::Error;
use crate::operand::{Elements, Gated, GatedWithGradient, Operands, Output, Single};
use crate::operation::{Direction, GateKind, Operation};
use crate::plan::bound;
use crate::shader::{Program, Shaders, Spec};
use crate::storage::Storage;
use crate::table::Kind;

/// The kernels of one device. Cheap to clone; clones share their pipelines.
///
/// It keeps a handle to a device that you own. It submits nothing, polls nothing and installs no handlers. It needs no optional wgpu
/// feature, and no limits above WebGPU's minimum. If the device was created with `Features::SHADER_F16`, kernels convert f16 by the hardware's
/// own instructions, at a third of the cost.
///
/// ```
/// use wgpu_activations::{Activation, Error, Kernels, Span, Step, Storage, wgpu};
///
/// fn load(device: &wgpu::Device, x: &wgpu::Buffer) -> Result<Step, Error> {
///     let kernels = Kernels::new(device); // keep it, or a clone: it holds the pipelines
///     let silu = kernels.forward(Activation::SILU, Storage::F32)?;
///     silu.bind(Activation::SILU, [Span::all(x)], Span::all(x)) // in place
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Kernels {
    pub(crate) shared: Arc<Shared>,
    label: Option<Arc<str>>,
}

/// One direction of one function in one storage type, ready to be bound to buffers. `I` is what it reads and `O` what it writes, in the
/// form that [`Kernel::bind`] takes: `Kernel<Elements<1>>` forward (`[x]`), `Kernel<Elements<2>>` backward (`[x, dy]`, or `[y, dy]` from the
/// output), `Kernel<Gated>` and `Kernel<GatedWithGradient, Gated>` of a gate.
///
/// ```
/// use wgpu_activations::{Activation, Elements, Error, Kernel, Span, Step};
///
/// /// A step for the next batch, by the kernel that made the first one.
/// fn relu(kernel: &Kernel<Elements<1>>, x: &wgpu::Buffer, y: &wgpu::Buffer) -> Result<Step, Error> {
///     kernel.bind(Activation::RELU, [Span::all(x)], Span::all(y))
/// }
/// ```
pub struct Kernel<I, O = Single> {
    maker: Maker,
    spec: Spec,
    operands: PhantomData<fn(I) -> O>,
}

impl<I, O> Clone for Kernel<I, O> {
    fn clone(&self) -> Self {
        Self { maker: self.maker.clone(), spec: self.spec, operands: PhantomData }
    }
}

impl<I, O> std::fmt::Debug for Kernel<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kernel").field(&self.spec).finish()
    }
}

impl Kernels {
    /// The kernels of this device; nothing is compiled yet.
    #[must_use]
    pub fn new(device: &wgpu::Device) -> Self {
        Self::with(device, &compat::adapter_info(device), None, Shaders::default())
    }

    /// Like [`Kernels::new`], for a device of this adapter. In wgpu 27 and 28, a device does not know its adapter; without this call, kernels
    /// are tuned for a GPU and read f16 by integer operations, which is slower but right everywhere. In later versions this is the same as
    /// [`Kernels::new`].
    #[must_use]
    pub fn with_adapter(device: &wgpu::Device, adapter: &wgpu::Adapter) -> Self {
        Self::with(device, &adapter.get_info(), None, Shaders::default())
    }

    /// Like [`Kernels::new`], compiling through your own pipeline cache, which was created on this device with the feature `PIPELINE_CACHE`.
    /// [`wgpu::PipelineCache::get_data`] returns its contents for the next run.
    #[must_use]
    pub fn with_pipeline_cache(device: &wgpu::Device, cache: wgpu::PipelineCache) -> Self {
        Self::with(device, &compat::adapter_info(device), Some(cache), Shaders::default())
    }

    #[cfg_attr(
        target_family = "wasm",
        allow(clippy::arc_with_non_send_sync, reason = "a browser's objects stay on their thread")
    )]
    pub(crate) fn with(
        device: &wgpu::Device,
        adapter: &wgpu::AdapterInfo,
        pipeline_cache: Option<wgpu::PipelineCache>,
        shaders: Shaders,
    ) -> Self {
        Self { shared: Arc::new(Shared::new(device, adapter, pipeline_cache, shaders)), label: None }
    }

    /// The same kernels, which put your label on the bind groups, uniforms and scratch buffers that they create from now on. wgpu's errors and
    /// frame captures show it. Pipelines stay shared with unlabelled kernels, and are named after what they compute.
    ///
    /// ```
    /// use wgpu_activations::{Activation, Error, Kernels, Span, Step, Storage};
    ///
    /// fn layer(kernels: &Kernels, number: usize, x: &wgpu::Buffer, y: &wgpu::Buffer) -> Result<Step, Error> {
    ///     let kernels = kernels.clone().with_label(&format!("layer {number}: gelu"));
    ///     let kernel = kernels.forward(Activation::GELU_ERF, Storage::F16)?;
    ///     kernel.bind(Activation::GELU_ERF, [Span::all(x)], Span::all(y))
    /// }
    /// ```
    #[must_use]
    pub fn with_label(self, label: &str) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    pub(super) fn maker(&self) -> Maker {
        Maker { shared: Arc::clone(&self.shared), label: self.label.clone() }
    }

    /// Compiles ahead of time what these kernels need for operands in separate buffers, at any offset; natively on several threads. It does not
    /// cover other layouts (operands that share a buffer, in place or in an arena; values and gates that share a range), rows
    /// along another dimension than the last or of thousands of elements, or the shaders that sum gradients per channel, which depend
    /// on the length. [`Kernel::warm_up`] takes what will be bound and compiles exactly that.
    ///
    /// # Errors
    /// [`Error::NotLearnable`], [`Error::NothingToDraw`] or [`Error::NoBackwardFromOutput`] for what a function does not have, before
    /// anything is compiled; [`Error::LimitExceeded`] where the device allows fewer storage buffers, or no workgroups of 64;
    /// [`Error::Refused`] if wgpu does not accept a shader, which would be a defect here or in the driver; [`Error::DeviceLost`].
    pub fn warm_up<S: Copy + Into<Spec>>(&self, kernels: &[S]) -> Result<(), Error> {
        self.shared.check_lost()?;
        let specs: Vec<Spec> = kernels.iter().map(|kernel| (*kernel).into()).collect();
        specs.iter().try_for_each(Spec::check)?;
        let programs: Vec<Program> =
            specs.iter().flat_map(|spec| spec.programs(self.shared.division)).collect();
        self.shared.compile_all(&programs)
    }

    /// The deferred errors of earlier calls. Natively, each call returns its own errors, and this is `Ok`. A browser reports them later: what it
    /// refused has no effect, and this waits for its report. `Gpu::read` does the same.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::OutOfMemory`], for the first error of wgpu since this was last called.
    pub async fn deferred_error(&self) -> Result<(), Error> {
        #[cfg(target_family = "wasm")]
        self.shared.late.settle().await?;
        Ok(())
    }

    /// y = f(x). Operands: `[x]`, y.
    ///
    /// # Errors
    /// [`Error::DeviceLost`].
    pub fn forward(&self, kind: impl Into<Kind>, storage: Storage) -> Result<Kernel<Elements<1>>, Error> {
        self.living(Operation::new(kind.into(), Direction::Forward), storage)
    }

    /// dx = f'(x) dy. Operands: `[x, dy]`, dx.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn backward(&self, kind: impl Into<Kind>, storage: Storage) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::Backward), storage)
    }

    /// dx = f'(x) dy, with x given by its y = f(x). Operands: `[y, dy]`, dx.
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] if no parameters make that possible; whether those at hand do is checked when binding.
    pub fn backward_from_output(
        &self,
        kind: impl Into<Kind>,
        storage: Storage,
    ) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::BackwardFromOutput), storage)
    }

    /// f''(x) dy, 0 where the function is straight between kinks. Operands: `[x, dy]`, and as many results. By the rules of
    /// [`Kernels::backward`]: a second derivative of exactly 0 stops whatever `dy` is.
    ///
    /// ```no_run
    /// # use wgpu_activations::{Activation, Error, Kernel, Kernels, Span, Storage, Kind};
    /// # fn example(kernels: &Kernels, x: &wgpu::Buffer, dy: &wgpu::Buffer, dx: &wgpu::Buffer) -> Result<(), Error> {
    /// let kernel = kernels.second(Kind::Silu, Storage::F32)?;
    /// let step = kernel.bind(Activation::SILU, [Span::all(x), Span::all(dy)], Span::all(dx))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn second(&self, kind: impl Into<Kind>, storage: Storage) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::Second), storage)
    }

    /// ∂²f/∂x∂w(x) dy for learnable parameter number `index`, element by element. Operands: `[x, dy]`, and as many results.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the activation has no such parameter.
    pub fn second_parameter(
        &self,
        kind: impl Into<Kind>,
        index: usize,
        storage: Storage,
    ) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::SecondParameter(index)), storage)
    }

    /// ∂f/∂w(x) dy for learnable parameter number `index`, element by element. Operands: `[x, dy]`, and as many results.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the activation has no such parameter.
    pub fn backward_parameter(
        &self,
        kind: impl Into<Kind>,
        index: usize,
        storage: Storage,
    ) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::BackwardParameter(index)), storage)
    }

    /// dw = Σ ∂f/∂w(x) dy for learnable parameter number `index`. Operands: `[x, dy]`, dw: an f32 for each channel, a single one
    /// where the parameters are not [`Parameters::learned`] by channel.
    ///
    /// Summed in an order that depends on lengths and alignment alone, so every run of one adapter gives the same bits. The error
    /// is at most [`parameter_gradient_error`](crate::parameter_gradient_error) · Σ|∂f/∂w(x) dy|, and the terms' own errors.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the activation has no such parameter.
    pub fn parameter_gradient(
        &self,
        kind: impl Into<Kind>,
        index: usize,
        storage: Storage,
    ) -> Result<Kernel<Elements<2>>, Error> {
        self.living(Operation::new(kind.into(), Direction::ParameterGradient(index)), storage)
    }

    /// y = value · act(gate), and other gated functions. Operands: a [`Pair`](crate::Pair), y, which has as many elements as there are
    /// values. y may be exactly the range of the values or of the gates, where these have ranges of their own.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn gated_forward(&self, gate: impl Into<GateKind>, storage: Storage) -> Result<Kernel<Gated>, Error> {
        self.living(Operation::new(gate.into(), Direction::Forward), storage)
    }

    /// d_value and d_gate in one pass. Operands: `(pair, dy)`, a pair of gradients.
    ///
    /// The gradients may be arranged in another way than the inputs. They may lie over the inputs, or one of them over dy, each exactly
    /// in the range of one (in place; packed ones in the same layout).
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn gated_backward(
        &self,
        gate: impl Into<GateKind>,
        storage: Storage,
    ) -> Result<Kernel<GatedWithGradient, Gated>, Error> {
        self.living(Operation::new(gate.into(), Direction::Backward), storage)
    }

    /// value · ∂act/∂w(gate) dy for learnable parameter number `index` of a product's activation, element by element. Operands:
    /// `(pair, dy)`, and as many results as there are values.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the gate has no such parameter.
    pub fn gated_backward_parameter(
        &self,
        gate: impl Into<GateKind>,
        index: usize,
        storage: Storage,
    ) -> Result<Kernel<GatedWithGradient>, Error> {
        self.living(Operation::new(gate.into(), Direction::BackwardParameter(index)), storage)
    }

    /// dw = Σ value · ∂act/∂w(gate) dy for learnable parameter number `index` of a product's activation: the sums of
    /// [`Kernels::parameter_gradient`]. Channels are those of the values. Operands: `(pair, dy)`, dw.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if the gate has no such parameter.
    pub fn gated_parameter_gradient(
        &self,
        gate: impl Into<GateKind>,
        index: usize,
        storage: Storage,
    ) -> Result<Kernel<GatedWithGradient>, Error> {
        self.living(Operation::new(gate.into(), Direction::ParameterGradient(index)), storage)
    }

    /// Compiles nothing: which program is needed is known when something is bound.
    pub(crate) fn kernel<I: Operands, O: Output>(
        &self,
        operation: Operation,
        storage: Storage,
    ) -> Result<Kernel<I, O>, Error> {
        let spec = Spec::of(operation, storage);
        spec.check()?;
        Ok(Kernel { maker: self.maker(), spec, operands: PhantomData })
    }

    /// The same, where nobody else has asked whether the device is still there.
    fn living<I: Operands, O: Output>(
        &self,
        operation: Operation,
        storage: Storage,
    ) -> Result<Kernel<I, O>, Error> {
        self.shared.check_lost()?;
        self.kernel(operation, storage)
    }
}

impl<I: Operands, O: Output> Kernel<I, O> {
    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Prepares a step for these parameters, inputs and outputs. Record it as often as you like. Parameters are an
    /// [`Activation`](crate::Activation), a [`Gate`](crate::Gate), or come from elsewhere ([`Parameters`]). Where a gate is wanted, an
    /// activation stands for its product.
    ///
    /// An output may be exactly the range of an input (in place); else it must not overlap any. Inputs may overlap. All
    /// may be ranges of one buffer. Every buffer needs the usage `STORAGE`. Zero elements make a step that does nothing.
    ///
    /// Creates a small uniform buffer and a bind group for each dispatch; submits nothing and needs no queue.
    ///
    /// ```
    /// use wgpu_activations::{Activation, Error, Kernels, Kind, Span, Step, Storage, wgpu};
    ///
    /// /// The gradient through a layer of 4096 units, over dy: all in one buffer, x first.
    /// fn load(kernels: &Kernels, arena: &wgpu::Buffer) -> Result<Step, Error> {
    ///     let [x, dy] = [0, 4096].map(|first| Span::new(arena, 4 * first, 4096)); // offsets in bytes, lengths in elements
    ///     kernels.backward(Kind::Silu, Storage::F32)?.bind(Activation::SILU, [x, dy], dy)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::WrongKernel`], [`Error::LengthMismatch`], [`Error::OutOfBounds`], [`Error::CutOff`], [`Error::Misaligned`],
    /// [`Error::MissingUsage`], [`Error::Overlap`], [`Error::LimitExceeded`], [`Error::NoBackwardFromOutput`] (for these parameters);
    /// for [`Parameters`] from elsewhere [`Error::WrongParameters`], [`Error::NotDivisible`], [`Error::TooClose`],
    /// [`Error::NothingToDraw`]; where a packed operand does not hold whole rows of values and gates [`Error::OddSplit`],
    /// [`Error::NotDivisible`], and [`Error::Rearranged`] for gradients over inputs of another arrangement; and
    /// [`Error::Refused`] where wgpu itself objects, say to a buffer of another device.
    pub fn bind<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<Step, Error> {
        self.prepare(parameters.into(), inputs, outputs, Wanted::Step { accumulate: false })
    }

    /// Prepares a step whose length is a value, at most that of the operands: one dispatch, over ranges that begin and end at
    /// multiples of 16 bytes, or that lie differently and end with a word of 4 bytes.
    ///
    /// # Errors
    /// As [`Kernel::bind`]; [`Error::FixedLength`] where one dispatch does not do: sums, ranges that end in half a word, or more than a
    /// binding covers.
    pub fn bind_variable<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<VariableStep, Error> {
        let bound = bound::check(self.spec, parameters.into(), &I::forms(inputs), O::form(outputs))?;
        self.maker.variable(&bound)
    }

    /// Compiles what [`Kernel::bind`] with these arguments will need, and makes nothing else: called before the first frame with what is
    /// bound later, in place, in an arena or packed as it will be, it leaves nothing to compile for one. Ranges of the same alignment
    /// and remainder by 4 elements take the same programs whatever their length; sums by channel do not.
    ///
    /// ```
    /// use wgpu_activations::{Activation, Error, Kernels, Span, Storage};
    ///
    /// fn before_the_first_frame(kernels: &Kernels, units: &wgpu::Buffer) -> Result<(), Error> {
    ///     let gelu = kernels.forward(Activation::GELU_ERF, Storage::F32)?;
    ///     gelu.warm_up(Activation::GELU_ERF, [Span::all(units)], Span::all(units))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn warm_up<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<(), Error> {
        self.prepare(parameters.into(), inputs, outputs, Wanted::Programs { accumulate: false }).map(|_| ())
    }

    /// [`Kernel::warm_up`] for [`Kernel::bind_accumulate`].
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn warm_up_accumulate<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<(), Error> {
        self.prepare(parameters.into(), inputs, outputs, Wanted::Programs { accumulate: true }).map(|_| ())
    }

    /// As [`Kernel::bind`], but results are added to what the outputs hold: `dx += f'(x) dy`, as gradients of several paths need it.
    /// In f32, with one rounding to the storage type.
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn bind_accumulate<'a>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<Step, Error> {
        self.prepare(parameters.into(), inputs, outputs, Wanted::Step { accumulate: true })
    }

    /// Rebinds a step to other buffers, ranges or parameters. Whether it accumulates stays the same. Pipelines, uniforms and scratch
    /// that fit are used again: with ranges of the same length and alignment and the same parameters, all that is made is a
    /// bind group for each dispatch. Of a step of other [`Kernels`] nothing is used. What was recorded with it before stays as it was.
    /// On an error, so does the step.
    ///
    /// # Errors
    /// As [`Kernel::bind`].
    pub fn rebind<'a>(
        &self,
        step: &mut Step,
        parameters: impl Into<Parameters<'a>>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
    ) -> Result<(), Error> {
        *step = self.prepare(parameters.into(), inputs, outputs, Wanted::Again(step))?;
        Ok(())
    }

    fn prepare(
        &self,
        parameters: Parameters<'_>,
        inputs: I::Of<'_, wgpu::Buffer>,
        outputs: O::Of<'_, wgpu::Buffer>,
        wanted: Wanted<'_>,
    ) -> Result<Step, Error> {
        let spec = Spec { accumulate: wanted.accumulates(), ..self.spec };
        let bound = bound::check(spec, parameters, &I::forms(inputs), O::form(outputs))?;
        self.maker.build(&bound, wanted)
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::super::{Gpu, Operand, Parameters, Span, wgpu};
    use super::Kernels;
    use crate::{
        Activation, Axis, Channels, Direction, Gate, Kind, Pair, Softmax, SoftmaxKind, Spec, Storage,
    };

    fn span(buffer: &wgpu::Buffer) -> Span<'_> {
        Span::new(buffer, 4, 63)
    }

    /// Of each kind of kernel, one that is bound at an offset that needs narrow words.
    #[test]
    fn what_was_warmed_up_is_bound_without_compiling() {
        let gpu = Gpu::new_blocking().unwrap();
        let kernels = Kernels::new(gpu.device());
        let (f32, channels) = (Storage::F32, Channels::new(3, 7));
        kernels
            .warm_up(&[
                Spec::from((Kind::Relu, Direction::Backward, f32)),
                Spec::new(Kind::Relu, Direction::Backward, f32).accumulating(),
                Spec::new(Kind::Prelu, Direction::Forward, f32).learned(channels),
                Spec::new(Kind::Swish, Direction::ParameterGradient(0), f32)
                    .learned(Channels::ONE)
                    .accumulating(),
                Spec::new(Kind::Rrelu, Direction::Forward, f32).drawn(),
                Spec::gated(Kind::Silu, Direction::Forward, f32),
                Spec::gated(Kind::Silu, Direction::Backward, f32).accumulating(),
            ])
            .unwrap();
        let compiled = kernels.shared.compiled();

        let buffers = [(); 6].map(|()| gpu.upload(&[1.0; 64]).unwrap());
        let [a, b, c, d, e, weights] = buffers.each_ref().map(|buffer| buffer.buffer());
        let by_channel = [Span::new(weights, 0, 3)];
        let one = [Span::new(weights, 0, 1)];
        let relu = kernels.backward(Kind::Relu, f32).unwrap();
        relu.bind(Activation::RELU, [span(a), span(b)], span(c)).unwrap();
        relu.bind_accumulate(Activation::RELU, [span(a), span(b)], span(c)).unwrap();
        let prelu = Parameters::learned(Activation::prelu(0.25).unwrap(), &by_channel, channels);
        let kernel = kernels.forward(Kind::Prelu, f32).unwrap();
        kernel.bind(prelu, [span(a)], span(b)).unwrap();
        let swish = Parameters::learned(Activation::swish(1.0).unwrap(), &one, Channels::ONE);
        let kernel = kernels.parameter_gradient(Kind::Swish, 0, f32).unwrap();
        kernel.bind_accumulate(swish, [span(a), span(b)], Span::new(c, 0, 1)).unwrap();
        let kernel = kernels.forward(Kind::Rrelu, f32).unwrap();
        let rrelu = Activation::rrelu(0.1, 0.3).unwrap();
        kernel.bind(Parameters::drawn(rrelu, 1), [span(a)], span(b)).unwrap();
        let silu = Gate::from(Activation::SILU);
        let kernel = kernels.gated_forward(Kind::Silu, f32).unwrap();
        kernel.bind(silu, Pair::separate(span(a), span(b)), span(c)).unwrap();
        let kernel = kernels.gated_backward(Kind::Silu, f32).unwrap();
        let gradients = Pair::separate(span(d), span(e));
        kernel.bind_accumulate(silu, (Pair::separate(span(a), span(b)), span(c)), gradients).unwrap();
        assert_eq!(kernels.shared.compiled(), compiled);
    }

    /// README's frame, and those that compile for their arrangement: in place, in an arena, packed, dx over dy, summed by channel, rows, and
    /// a length that is a value.
    #[test]
    fn frames_compile_nothing_after_a_dry_bind() {
        let gpu = Gpu::new_blocking().unwrap();
        let kernels = Kernels::new(gpu.device());
        let (f32, channels) = (Storage::F32, Channels::new(3, 7));
        let forward = kernels.forward(Activation::GELU_ERF, f32).unwrap();
        let backward = kernels.backward(Activation::GELU_ERF, f32).unwrap();
        let gate = kernels.gated_forward(Gate::SWIGLU, f32).unwrap();
        let sum = kernels.parameter_gradient(Kind::Prelu, 0, f32).unwrap();
        let formula = kernels.formula(&"x = x + b[]".parse().unwrap(), f32).unwrap();
        let readme = kernels.forward(Kind::LeakyRelu, f32).unwrap();
        let softmax = kernels.softmax(SoftmaxKind::Softmax, f32).unwrap();
        assert_eq!(kernels.shared.compiled(), 0, "compiled before it is known what for");

        let arena = gpu.upload(&[1.0; 512]).unwrap();
        let other = gpu.upload(&[1.0; 64]).unwrap();
        let at = |first: u64, elements| Span::new(arena.buffer(), 4 * first, elements);
        let by_channel = [Span::new(other.buffer(), 0, 3)];
        let prelu = || Parameters::learned(Activation::prelu(0.25).unwrap(), &by_channel, channels);
        let gelu = Activation::GELU_ERF;
        let packed = || Pair::halves(at(0, 128), 64, crate::Order::GateFirst).unwrap();
        let single = Operand::single(Span::new(other.buffer(), 0, 1));
        let operands = [("x", at(0, 64).into()), ("b", single)];
        forward.warm_up(gelu, [at(0, 64)], at(0, 64)).unwrap();
        forward.warm_up(gelu, [at(0, 64)], at(64, 64)).unwrap();
        backward.warm_up(gelu, [at(0, 64), at(64, 64)], at(64, 64)).unwrap();
        backward.warm_up_accumulate(gelu, [at(0, 64), at(64, 64)], at(128, 64)).unwrap();
        gate.warm_up(Gate::SWIGLU, packed(), at(128, 64)).unwrap();
        sum.warm_up(prelu(), [at(0, 63), at(64, 63)], at(128, 3)).unwrap();
        formula.warm_up(&operands).unwrap();
        let leaky_relu = Activation::leaky_relu(0.2).unwrap();
        readme.warm_up(leaky_relu, [Span::all(arena.buffer())], Span::all(arena.buffer())).unwrap();
        let rows = Softmax::new(Axis::last(16));
        softmax.warm_up(rows, [at(0, 64)], at(0, 64)).unwrap();
        softmax.warm_up_accumulate(rows, [at(0, 64)], at(64, 64)).unwrap();
        let compiled = kernels.shared.compiled();
        assert!(compiled > 0);

        for _frame in 0..3 {
            forward.bind(gelu, [at(0, 64)], at(0, 64)).unwrap();
            let mut step = forward.bind(gelu, [at(0, 64)], at(64, 64)).unwrap();
            forward.rebind(&mut step, gelu, [at(0, 128)], at(128, 128)).unwrap();
            backward.bind(gelu, [at(0, 64), at(64, 64)], at(64, 64)).unwrap();
            backward.bind_accumulate(gelu, [at(0, 64), at(64, 64)], at(128, 64)).unwrap();
            gate.bind(Gate::SWIGLU, packed(), at(128, 64)).unwrap();
            sum.bind(prelu(), [at(0, 63), at(64, 63)], at(128, 3)).unwrap();
            formula.bind(&operands).unwrap();
            readme.bind(leaky_relu, [Span::all(arena.buffer())], Span::all(arena.buffer())).unwrap();
            readme.bind_variable(leaky_relu, [at(0, 64)], at(0, 64)).unwrap();
            softmax.bind(rows, [at(0, 64)], at(0, 64)).unwrap();
            softmax.bind_accumulate(rows, [at(0, 64)], at(64, 64)).unwrap();
        }
        assert_eq!(kernels.shared.compiled(), compiled);
    }
}
