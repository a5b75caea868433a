//! Kernels of functions of rows.

use std::marker::PhantomData;

use super::builder::Maker;
use super::kernels::Kernels;
use super::operands::Span;
use super::step::{Step, Wanted};
use super::wgpu;
use crate::error::Error;
use crate::operand::{Elements, Operands, RowParameters};
use crate::operation::{Additions, Direction, Operation, RowKind, SoftmaxKind, Targets, What};
use crate::plan::bound;
use crate::shader::Spec;
use crate::storage::Storage;

/// One direction of a function of rows in one storage type, ready to be bound to buffers: `RowKernel<Elements<1>>` of `[x]`, and so on, as
/// [`Kernels::softmax`], [`Kernels::cross_entropy`] and those beside them say.
///
/// ```
/// use wgpu_activations::{Axis, Error, Kernels, Softmax, SoftmaxKind, Span, Step, Storage};
///
/// /// Rows of scores become weights, in place.
/// fn attention(kernels: &Kernels, scores: &wgpu::Buffer, keys: u64) -> Result<Step, Error> {
///     let kernel = kernels.softmax(SoftmaxKind::Softmax, Storage::F32)?;
///     kernel.bind(Softmax::new(Axis::last(keys)), [Span::all(scores)], Span::all(scores))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RowKernel<I> {
    maker: Maker,
    spec: Spec,
    operands: PhantomData<fn(I)>,
}

impl Kernels {
    /// y = softmax(s x), its logarithm, or logsumexp. Operands: `[x]`, y; the y of logsumexp is f32, one for each row.
    ///
    /// A result is within 4 ULP of the exact one, however long rows are, logsumexp's of |s max x| + log Σⱼ exp(s xⱼ - s max x). Sums are
    /// compensated, and the same on every run. It is computed in f32 and rounded once. softmax reads each element
    /// twice, where the first one of a row can stand for its largest, else four times; the others seek the largest first.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn softmax(&self, kind: SoftmaxKind, storage: Storage) -> Result<RowKernel<Elements<1>>, Error> {
        self.row_kernel(RowKind::Softmax(kind), Direction::Forward, storage)
    }

    /// The gradient, from x: no result of the forward has to be kept. Operands: `[x, dy]`, dx; the dy of logsumexp is f32, one for each
    /// row.
    ///
    /// A result is within 8 ULP of the size of its terms, as [`Kernels::softmax_backward_from_output`] has it, with the y of this x. A y
    /// of 0, or of -∞ for log_softmax, passes nothing on.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn softmax_backward(
        &self,
        kind: SoftmaxKind,
        storage: Storage,
    ) -> Result<RowKernel<Elements<2>>, Error> {
        self.row_kernel(RowKind::Softmax(kind), Direction::Backward, storage)
    }

    /// The gradient, with x given by its y. Operands: `[y, dy]`, dx.
    ///
    /// A result is within 4 ULP of the size of its terms: of s yₖ (|dyₖ| + Σⱼ |yⱼ dyⱼ|), or of s (|dyₖ| + exp(yₖ) Σⱼ |dyⱼ|). A y of 0, or of
    /// -∞ for log_softmax, passes nothing on, whatever dy is.
    ///
    /// # Errors
    /// As [`Kernels::forward`]; [`Error::NoBackwardFromOutput`] for logsumexp.
    pub fn softmax_backward_from_output(
        &self,
        kind: SoftmaxKind,
        storage: Storage,
    ) -> Result<RowKernel<Elements<2>>, Error> {
        self.row_kernel(RowKind::Softmax(kind), Direction::BackwardFromOutput, storage)
    }

    /// The gradient by each row's own sink, from x: one f32 for each row, whatever the storage. Operands: `[x, dy]`, d. It is
    /// -s p Σⱼ yⱼ dyⱼ, where p is the sink's part of the row; of log_softmax -s p Σⱼ dyⱼ; of logsumexp, whose dy is an f32 for each row, s p dy.
    /// A result is within 8 ULP of the size of its terms.
    ///
    /// Of a sink that rows share, the gradient is the sum over these, which a formula adds up in an order that is the same on every run:
    ///
    /// ```
    /// use wgpu_activations::{Channels, Error, Formula, Kernels, Operand, Softmax, SoftmaxKind, Span, Step, Storage, wgpu};
    ///
    /// /// Of scores of (batch, heads, queries, keys), with a sink for each head.
    /// fn by_sinks(
    ///     kernels: &Kernels, softmax: Softmax, [heads, queries]: [u64; 2], [sinks, scores, dy, of_rows, dsinks]: [&wgpu::Buffer; 5],
    /// ) -> Result<[Step; 2], Error> {
    ///     let channels = Channels::new(heads, queries);
    ///     let rows = kernels.softmax_backward_sinks(SoftmaxKind::Softmax, Storage::F32)?;
    ///     let softmax = softmax.with_sinks(Span::all(sinks), channels);
    ///     let rows = rows.bind(softmax, [Span::all(scores), Span::all(dy)], Span::all(of_rows))?;
    ///     let sum: Formula = "dsinks[c] = d".parse()?;
    ///     let dsinks = Operand::channels(Span::all(dsinks), channels);
    ///     let sum = kernels.formula(&sum, Storage::F32)?.bind(&[("d", Span::all(of_rows).into()), ("dsinks", dsinks)])?;
    ///     Ok([rows, sum])
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Kernels::forward`]; [`Error::NoSink`] for sparsemax. Binding one without a sink is [`Error::NoSink`], too.
    pub fn softmax_backward_sinks(
        &self,
        kind: SoftmaxKind,
        storage: Storage,
    ) -> Result<RowKernel<Elements<2>>, Error> {
        self.row_kernel(RowKind::Softmax(kind), Direction::BackwardParameter(0), storage)
    }

    /// Cross-entropy of logits. Operands: `[x, labels]`, loss, or `[x, probabilities]`, loss. Labels are u32, losses f32, one for each
    /// row; logits and probabilities are of the storage.
    ///
    /// A loss is within 4 ULP of the exact one: see [`CrossEntropy`](crate::CrossEntropy).
    ///
    /// ```
    /// use wgpu_activations::{Axis, CrossEntropy, Error, Kernels, Span, Step, Storage, Targets, wgpu};
    ///
    /// /// A loss for each row of 10 logits.
    /// fn loss(kernels: &Kernels, logits: &wgpu::Buffer, labels: &wgpu::Buffer, loss: &wgpu::Buffer) -> Result<Step, Error> {
    ///     let kernel = kernels.cross_entropy(Targets::Labels, Storage::F32)?;
    ///     kernel.bind(CrossEntropy::new(Axis::last(10)), [Span::all(logits), Span::all(labels)], Span::all(loss))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn cross_entropy(&self, targets: Targets, storage: Storage) -> Result<RowKernel<Elements<2>>, Error> {
        self.row_kernel(RowKind::CrossEntropy(targets), Direction::Forward, storage)
    }

    /// The gradient of cross-entropy by the logits, straight from these. Operands: `[x, labels, dy]`, dx, or `[x, probabilities, dy]`, dx;
    /// dy is f32, one for each row.
    ///
    /// A result is within 8 ULP of the exact one with labels and no smoothing, else of the size of its terms:
    /// s |dy| (softmax(s x)ₖ Σⱼ tⱼ + tₖ).
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn cross_entropy_backward(
        &self,
        targets: Targets,
        storage: Storage,
    ) -> Result<RowKernel<Elements<3>>, Error> {
        self.row_kernel(RowKind::CrossEntropy(targets), Direction::Backward, storage)
    }

    /// Compiles nothing: which program is needed is known when something is bound.
    fn row_kernel<I>(
        &self,
        kind: RowKind,
        direction: Direction,
        storage: Storage,
    ) -> Result<RowKernel<I>, Error> {
        let spec = Spec::of(Operation { what: What::Rows(kind, Additions::NONE), direction }, storage);
        spec.check()?;
        self.shared.check_lost()?;
        Ok(RowKernel { maker: self.maker(), spec, operands: PhantomData })
    }
}

impl<I: Operands> RowKernel<I> {
    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Prepares a step. Record it as often as you like.
    ///
    /// An output with an element for each of the input may be exactly the range of such an input (in place); else an output must not overlap
    /// anything. All may be ranges of one buffer, if what there is one of for each row keeps some distance from what is written there.
    /// Zero elements make a step that does nothing.
    ///
    /// # Errors
    /// [`Error::WrongKernel`]; [`Error::RowMismatch`]; [`Error::Shared`]; [`Error::TooClose`]; [`Error::NotDivisible`] where operands are
    /// not whole rows; [`Error::LimitExceeded`] where `size * inner` elements of the axis are more than a binding may
    /// hold; and all that [`Kernel::bind`](crate::Kernel::bind) says of ranges.
    pub fn bind<'a>(
        &self,
        function: impl Into<RowParameters<Span<'a>>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
    ) -> Result<Step, Error> {
        self.prepare(function.into(), inputs, output, Wanted::Step { accumulate: false })
    }

    /// Compiles what [`RowKernel::bind`] with these arguments will need, as [`Kernel::warm_up`](crate::Kernel::warm_up).
    ///
    /// # Errors
    /// As [`RowKernel::bind`].
    pub fn warm_up<'a>(
        &self,
        function: impl Into<RowParameters<Span<'a>>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
    ) -> Result<(), Error> {
        self.prepare(function.into(), inputs, output, Wanted::Programs { accumulate: false }).map(|_| ())
    }

    /// [`RowKernel::warm_up`] for [`RowKernel::bind_accumulate`].
    ///
    /// # Errors
    /// As [`RowKernel::bind`].
    pub fn warm_up_accumulate<'a>(
        &self,
        function: impl Into<RowParameters<Span<'a>>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
    ) -> Result<(), Error> {
        self.prepare(function.into(), inputs, output, Wanted::Programs { accumulate: true }).map(|_| ())
    }

    /// As [`RowKernel::bind`], but results are added to what is there.
    ///
    /// # Errors
    /// As [`RowKernel::bind`].
    pub fn bind_accumulate<'a>(
        &self,
        function: impl Into<RowParameters<Span<'a>>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
    ) -> Result<Step, Error> {
        self.prepare(function.into(), inputs, output, Wanted::Step { accumulate: true })
    }

    /// Rebinds a step, like [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`RowKernel::bind`].
    pub fn rebind<'a>(
        &self,
        step: &mut Step,
        function: impl Into<RowParameters<Span<'a>>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
    ) -> Result<(), Error> {
        *step = self.prepare(function.into(), inputs, output, Wanted::Again(step))?;
        Ok(())
    }

    fn prepare<'a>(
        &self,
        parameters: RowParameters<Span<'a>>,
        inputs: I::Of<'a, wgpu::Buffer>,
        output: Span<'a>,
        wanted: Wanted<'_>,
    ) -> Result<Step, Error> {
        let spec = Spec { accumulate: wanted.accumulates(), ..self.spec };
        let bound = bound::check_rows(spec, &parameters, &I::forms(inputs), output)?;
        self.maker.build(&bound, wanted)
    }
}
