//! Steps as data, for whoever calls no host layer.

use crate::error::Error;
use crate::formula::{Composed, Formula};
use crate::operand::{Form, Memory, Names, Operand, Parameters, RowParameters, Span};
use crate::operation::{Additions, Direction, Operation, What};
use crate::plan::bound::{self, Bound};
use crate::plan::dispatches::{self, Dispatches, Holder, Planned};
use crate::plan::limits::Limits;
use crate::shader::{Spec, Target};
use crate::storage::{Storage, Storages};

/// A buffer that is known by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffer {
    /// Which one it is.
    pub number: u64,
    /// Its size.
    pub bytes: u64,
}

impl Memory for Buffer {
    fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Plans the steps of a device: what it allows, and what its shaders are written for.
///
/// ```
/// use wgpu_activations::plan::{Limits, Planner};
/// use wgpu_activations::Target;
///
/// // A phone's GPU, as it describes itself.
/// let limits = Limits { min_storage_buffer_offset_alignment: 64, max_storage_buffers_per_shader_stage: 4, ..Limits::default() };
/// let planner = Planner::new(limits, Target::GPU);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planner {
    limits: Limits,
    target: Target,
}

impl Planner {
    /// For a device with these limits and of this kind.
    #[must_use]
    pub const fn new(limits: Limits, target: Target) -> Self {
        Self { limits, target }
    }

    /// A step of an activation or a gate, as [`Kernel::bind`](crate::Kernel::bind) makes it: its inputs in the order of
    /// [`Spec::operands`], each a [`Span`] or a [`Pair`](crate::Pair) of them, and its output. Where parameters come from is what
    /// `parameters` say.
    ///
    /// ```
    /// use wgpu_activations::plan::{Buffer, Limits, Planner, Span};
    /// use wgpu_activations::{Activation, Direction, Kind, Storage, Target};
    ///
    /// let planner = Planner::new(Limits::default(), Target::GPU);
    /// let [x, dy, dx] = [0, 1, 2].map(|number| Buffer { number, bytes: 4000 });
    /// let inputs = [Span::all(&x).into(), Span::all(&dy).into()];
    /// let backward = (Kind::GeluErf, Direction::Backward, Storage::F32);
    /// let step = planner.step(backward, Activation::GELU_ERF, &inputs, Span::all(&dx))?;
    /// assert_eq!(step.dispatches().len(), 1);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Kernel::bind`](crate::Kernel::bind); [`Error::WrongOperands`] for other inputs than the kernel's; [`Error::TakesNames`] for a
    /// formula, and [`Error::TakesRows`] for softmax, which have functions of their own here.
    pub fn step<'a, B: Memory>(
        &self,
        kernel: impl Into<Spec>,
        parameters: impl Into<Parameters<'a, Span<'a, B>>>,
        inputs: &[Form<'a, B>],
        output: impl Into<Form<'a, B>>,
    ) -> Result<Step<'a, B>, Error> {
        let (spec, output) = (kernel.into(), output.into());
        spec.operation.check()?;
        match spec.operation.what {
            What::Formula(_) => return Err(Error::TakesNames { name: spec.name() }),
            What::Rows(..) => return Err(Error::TakesRows { name: spec.name() }),
            What::Activation(_) | What::Gate(..) => {}
        }
        let (input_ports, output_ports) = spec.operation.ports();
        let fit = |port: &crate::operation::Port, form: &Form<'_, B>| port.takes_pairs() == form.is_pair();
        let fits = inputs.len() == input_ports.len()
            && input_ports
                .iter()
                .chain(&output_ports)
                .zip(inputs.iter().chain([&output]))
                .all(|(port, form)| fit(port, form));
        if !fits {
            let kernel = spec.name();
            return Err(Error::WrongOperands { kernel, operands: spec.operands() });
        }
        self.plan(&bound::check(spec, parameters.into(), inputs, output)?)
    }

    /// A step of a formula, as [`FormulaKernel::bind`](crate::FormulaKernel::bind) makes it; accumulating, as `bind_accumulate` does.
    ///
    /// ```
    /// use wgpu_activations::plan::{Buffer, Limits, Operand, Planner, Span};
    /// use wgpu_activations::{Channels, Formula, Storage, Target};
    ///
    /// let planner = Planner::new(Limits::default(), Target::GPU);
    /// let [x, bias] = [0, 1].map(|number| Buffer { number, bytes: 4096 });
    /// let layer: Formula = "x = relu(x + bias[c])".parse()?;
    /// let bias = Operand::channels(Span::new(&bias, 0, 64), Channels::new(64, 1));
    /// let step = planner.formula(&layer, Storage::F32, false, &[("x", Span::all(&x).into()), ("bias", bias)])?;
    /// assert!(step.dispatches().all(|dispatch| dispatch.wgsl().contains("act_relu")));
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`](crate::FormulaKernel::bind).
    pub fn formula<'a, B: Memory>(
        &self,
        formula: &Formula,
        storages: impl Into<Storages>,
        accumulate: bool,
        operands: &[(&str, Operand<'a, Span<'a, B>>)],
    ) -> Result<Step<'a, B>, Error> {
        let parameters: Vec<f32> = formula.parameters().map(|(_, value)| value).collect();
        let formula = Composed::of(formula);
        let spec = Spec { accumulate, ..Spec::composed(formula, storages)? };
        self.plan(&Names { formula, operands }.check(spec, &parameters)?)
    }

    /// A step of softmax, its logarithm or logsumexp, as [`RowKernel::bind`](crate::RowKernel::bind) makes it.
    ///
    /// ```
    /// use wgpu_activations::plan::{Buffer, Limits, Planner, Span};
    /// use wgpu_activations::{Axis, Softmax, Storage, Target};
    ///
    /// let planner = Planner::new(Limits::default(), Target::GPU);
    /// let scores = Buffer { number: 0, bytes: 64 * 1024 * 4 };
    /// let softmax = Softmax::new(Axis::last(1024));
    /// let step = planner.softmax(softmax, Storage::F32, Span::all(&scores), Span::all(&scores))?; // in place
    /// assert_eq!(step.dispatches().len(), 1);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`RowKernel::bind`](crate::RowKernel::bind).
    pub fn softmax<'a, B: Memory>(
        &self,
        softmax: impl Into<RowParameters<Span<'a, B>>>,
        storage: Storage,
        x: Span<'a, B>,
        y: Span<'a, B>,
    ) -> Result<Step<'a, B>, Error> {
        self.rows(softmax, Direction::Forward, storage, &[x], y)
    }

    /// The gradient of [`Planner::softmax`], from its result.
    ///
    /// # Errors
    /// As [`Planner::softmax`].
    pub fn softmax_backward_from_output<'a, B: Memory>(
        &self,
        softmax: impl Into<RowParameters<Span<'a, B>>>,
        storage: Storage,
        y: Span<'a, B>,
        dy: Span<'a, B>,
        dx: Span<'a, B>,
    ) -> Result<Step<'a, B>, Error> {
        self.rows(softmax, Direction::BackwardFromOutput, storage, &[y, dy], dx)
    }

    /// A step of any function of rows in any direction that it has, as [`RowKernel::bind`](crate::RowKernel::bind) makes it: its inputs in
    /// the order of [`Kernels::softmax`](crate::Kernels::softmax), [`Kernels::cross_entropy`](crate::Kernels::cross_entropy) and those
    /// beside them.
    ///
    /// ```
    /// use wgpu_activations::plan::{Buffer, Limits, Planner, Span};
    /// use wgpu_activations::{Axis, CrossEntropy, Direction, Storage, Target};
    ///
    /// let planner = Planner::new(Limits::default(), Target::GPU);
    /// let [logits, labels, loss] = [(0, 640), (1, 64), (2, 64)].map(|(number, count)| Buffer { number, bytes: 4 * count });
    /// let inputs = [Span::all(&logits), Span::all(&labels)];
    /// let cross_entropy = CrossEntropy::new(Axis::last(10));
    /// let step = planner.rows(cross_entropy, Direction::Forward, Storage::F32, &inputs, Span::all(&loss))?;
    /// assert_eq!(step.dispatches().len(), 1);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`RowKernel::bind`](crate::RowKernel::bind); [`Error::WrongOperands`] for other inputs than the function's;
    /// [`Error::NoBackwardFromOutput`] and [`Error::NoSecondDerivative`] for directions that it does not have.
    pub fn rows<'a, B: Memory>(
        &self,
        function: impl Into<RowParameters<Span<'a, B>>>,
        direction: Direction,
        storage: Storage,
        inputs: &[Span<'a, B>],
        output: Span<'a, B>,
    ) -> Result<Step<'a, B>, Error> {
        let parameters = function.into();
        let what = What::Rows(parameters.function.kind(), Additions::NONE);
        let spec = Spec::of(Operation { what, direction }, storage);
        spec.check()?;
        let inputs: Vec<Form<'a, B>> = inputs.iter().map(|span| (*span).into()).collect();
        self.plan(&bound::check_rows(spec, &parameters, &inputs, output)?)
    }

    fn plan<'a, B: Memory>(&self, bound: &Bound<'a, B>) -> Result<Step<'a, B>, Error> {
        let planned = dispatches::dispatches(bound, &self.limits, self.target.division)?;
        Ok(Step { planned, target: self.target })
    }
}

/// A planned step: dispatches that run one after the other, each after what the one before has written.
#[derive(Debug)]
pub struct Step<'a, B> {
    planned: Dispatches<'a, B>,
    target: Target,
}

impl<'a, B: Memory> Step<'a, B> {
    /// Its dispatches, in order; none for no elements.
    pub fn dispatches(&self) -> impl ExactSizeIterator<Item = Dispatch<'_, 'a, B>> {
        self.planned.all.iter().map(|planned| Dispatch { planned, target: self.target })
    }

    /// The size of a buffer that the step needs for itself, all zeros before it first runs: [`Holder::Scratch`]. 0 where there is none.
    #[must_use]
    pub fn scratch_bytes(&self) -> u64 {
        self.planned.scratch.as_ref().map_or(0, |scratch| scratch.bytes)
    }
}

/// One dispatch of a planned step.
#[derive(Debug)]
pub struct Dispatch<'s, 'a, B> {
    planned: &'s Planned<'a, B>,
    target: Target,
}

impl<'s, 'a, B: Memory> Dispatch<'s, 'a, B> {
    /// What it computes, in words, as the host layer labels pipelines.
    #[must_use]
    pub fn label(&self) -> String {
        self.planned.program.label()
    }

    /// The shader, with the entry point `main`; all of its bindings are of group 0. Equal texts are one pipeline: neither lengths nor
    /// parameters' values are part of it.
    #[must_use]
    pub fn wgsl(&self) -> String {
        self.planned.program.source(self.target)
    }

    /// How many workgroups to dispatch.
    #[must_use]
    pub fn workgroups(&self) -> [u32; 3] {
        self.planned.workgroups
    }

    /// The bytes of the uniform buffer that is binding 0: [`UNIFORM`](crate::plan::UNIFORM) says what they are.
    #[must_use]
    pub fn uniform(&self) -> &'s [u8] {
        self.planned.job.bytes()
    }

    /// The storage buffers to bind, from binding 1 on.
    pub fn bindings(&self) -> impl Iterator<Item = Binding<'a, B>> {
        let slots = self.planned.program.slots().collect::<Vec<_>>();
        (1..).zip(slots).zip(&self.planned.resources).map(|((number, slot), resource)| Binding {
            number,
            holder: resource.holder,
            offset: resource.byte_offset,
            size: resource.byte_size,
            read_only: !slot.writes,
            min_size: slot.element_bytes,
        })
    }
}

/// One binding of a storage buffer: an entry of a bind group's layout, and one of a bind group.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Binding<'a, B> {
    /// Its number in group 0.
    pub number: u32,
    /// Whose memory it is.
    pub holder: Holder<'a, B>,
    /// Where it begins, in bytes: at a multiple of the device's alignment.
    pub offset: u64,
    /// How many bytes it covers.
    pub size: u64,
    /// WebGPU's type of it: `read-only-storage`, or `storage`.
    pub read_only: bool,
    /// What the shader takes at least: WebGPU's `minBindingSize`.
    pub min_size: u64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::operation::{Axis, Gate, Order, Softmax};
    use crate::table::{Activation, Kind};
    use crate::{Channels, Pair};

    const ELEMENTS: u64 = 1000;

    proptest! {
        /// Anyone can say anything of a device.
        #[test]
        fn no_limits_panic(numbers in prop::array::uniform9(prop_oneof![0u64..600, any::<u64>()]), words in 0u64..8) {
            let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            let limits = Limits {
                max_compute_workgroups_per_dimension: small(numbers[0]),
                max_storage_buffer_binding_size: numbers[1],
                min_storage_buffer_offset_alignment: numbers[2],
                max_storage_buffers_per_shader_stage: small(numbers[3]),
                max_uniform_buffer_binding_size: numbers[4],
                max_buffer_size: numbers[5],
                max_compute_workgroup_size_x: small(numbers[6]),
                max_compute_invocations_per_workgroup: small(numbers[7]),
                max_compute_workgroup_storage_size: small(numbers[8]),
            };
            let workgroups = Limits { max_compute_workgroup_size_x: 64, max_compute_invocations_per_workgroup: 64, ..limits };
            let memory = Limits { max_compute_workgroup_storage_size: 1 << 14, max_uniform_buffer_binding_size: 1 << 10, ..workgroups };
            for limits in [limits, memory] {
                plan_all(&Planner::new(limits, Target::GPU), 4 * words);
            }
        }
    }

    fn plan_all(planner: &Planner, offset: u64) {
        let buffers = [0, 1, 2, 3].map(|number| Buffer { number, bytes: 1 << 14 });
        let [a, b, c, weights] = buffers.each_ref().map(|buffer| Span::new(buffer, offset, ELEMENTS));
        let [first, third] = [0, 2].map(|at: usize| Span::new(&buffers[at], offset, ELEMENTS / 2));
        let forward = (Kind::Silu, Direction::Forward, Storage::F16);
        held(planner, planner.step(forward, Activation::SILU, &[a.into()], a));
        let swiglu = Spec::of(Operation::new(Gate::SWIGLU.kind(), Direction::Forward), Storage::F32);
        let pair = Pair::halves(b, 100, Order::GateFirst).unwrap();
        held(planner, planner.step(swiglu, Gate::SWIGLU, &[pair.into()], first));
        let prelu = Activation::prelu(0.25).unwrap();
        let learned = [Span::new(weights.buffer(), offset, 10)];
        let parameters = Parameters::learned(prelu, &learned, Channels::new(10, 1));
        let sum = (Kind::Prelu, Direction::ParameterGradient(0), Storage::F32);
        held(planner, planner.step(sum, parameters, &[a.into(), b.into()], Span::new(c.buffer(), 0, 10)));
        held(planner, planner.softmax(Softmax::new(Axis::last(50)), Storage::F32, first, third));
    }

    /// What is planned keeps to the limits.
    fn held(planner: &Planner, step: Result<Step<'_, Buffer>, Error>) {
        let limits = planner.limits;
        // No device allows none.
        let most = limits.max_compute_workgroups_per_dimension.max(1);
        for dispatch in step.iter().flat_map(Step::dispatches) {
            assert!(dispatch.workgroups().iter().all(|count| *count <= most));
            for binding in dispatch.bindings() {
                assert_eq!(binding.offset % limits.min_storage_buffer_offset_alignment.max(1), 0);
            }
        }
    }
}
