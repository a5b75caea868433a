//! Kernels of softmax and its logarithm.

use std::marker::PhantomData;

use super::builder::Maker;
use super::kernels::Kernels;
use super::operands::Span;
use super::step::{Step, Wanted};
use super::wgpu;
use crate::error::Error;
use crate::operand::{Elements, Operands};
use crate::operation::{Direction, Operation, Softmax, SoftmaxKind, What};
use crate::plan::bound;
use crate::shader::Spec;
use crate::storage::Storage;

/// One direction of softmax or its logarithm in one storage type, ready to be bound to buffers: `SoftmaxKernel<Elements<1>>` forward
/// (`[x]`), `SoftmaxKernel<Elements<2>>` backward from the output (`[y, dy]`).
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
pub struct SoftmaxKernel<I> {
    maker: Maker,
    spec: Spec,
    operands: PhantomData<fn(I)>,
}

impl Kernels {
    /// y = softmax(s x), or its logarithm. Operands: `[x]`, y.
    ///
    /// A result is within 4 ULP of the exact one, however long rows are; sums are compensated, and the same on every run. It is computed in
    /// f32 and rounded once. Each element is read three times; for all but long rows, twice of these from a cache.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn softmax(&self, kind: SoftmaxKind, storage: Storage) -> Result<SoftmaxKernel<Elements<1>>, Error> {
        self.softmax_kernel(kind, Direction::Forward, storage)
    }

    /// The gradient, with x given by its y. Operands: `[y, dy]`, dx.
    ///
    /// A result is within 4 ULP of the size of its terms: of s yₖ (|dyₖ| + Σⱼ |yⱼ dyⱼ|), or of s (|dyₖ| + exp(yₖ) Σⱼ |dyⱼ|). A y of 0, or of
    /// -∞ for log_softmax, passes nothing on, whatever dy is.
    ///
    /// # Errors
    /// As [`Kernels::forward`].
    pub fn softmax_backward_from_output(
        &self,
        kind: SoftmaxKind,
        storage: Storage,
    ) -> Result<SoftmaxKernel<Elements<2>>, Error> {
        self.softmax_kernel(kind, Direction::BackwardFromOutput, storage)
    }

    /// Compiles nothing: which program is needed is known when something is bound.
    fn softmax_kernel<I>(
        &self,
        kind: SoftmaxKind,
        direction: Direction,
        storage: Storage,
    ) -> Result<SoftmaxKernel<I>, Error> {
        let spec = Spec::of(Operation { what: What::Softmax(kind), direction }, storage);
        spec.check()?;
        self.shared.check_lost()?;
        Ok(SoftmaxKernel { maker: self.maker(), spec, operands: PhantomData })
    }
}

impl<I: Operands> SoftmaxKernel<I> {
    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Prepares a step. Record it as often as you like.
    ///
    /// The output may be exactly the range of an input (in place); else it must not overlap any. All may be ranges of one buffer. Zero
    /// elements make a step that does nothing.
    ///
    /// # Errors
    /// [`Error::WrongKernel`]; [`Error::NotDivisible`] where operands are not whole rows; [`Error::OddRows`] for 16-bit rows of an odd
    /// number of elements, or with an odd number of elements after each along another axis than the last;
    /// [`Error::LimitExceeded`] where `size * inner` elements of the axis are more than a binding may hold; and all that
    /// [`Kernel::bind`](crate::Kernel::bind) says of ranges.
    pub fn bind(
        &self,
        softmax: Softmax,
        inputs: I::Of<'_, wgpu::Buffer>,
        output: Span<'_>,
    ) -> Result<Step, Error> {
        self.prepare(softmax, inputs, output, Wanted::Step { accumulate: false })
    }

    /// Compiles what [`SoftmaxKernel::bind`] with these arguments will need, as [`Kernel::warm_up`](crate::Kernel::warm_up).
    ///
    /// # Errors
    /// As [`SoftmaxKernel::bind`].
    pub fn warm_up(
        &self,
        softmax: Softmax,
        inputs: I::Of<'_, wgpu::Buffer>,
        output: Span<'_>,
    ) -> Result<(), Error> {
        self.prepare(softmax, inputs, output, Wanted::Programs { accumulate: false }).map(|_| ())
    }

    /// As [`SoftmaxKernel::bind`], but results are added to what is there.
    ///
    /// # Errors
    /// As [`SoftmaxKernel::bind`].
    pub fn bind_accumulate(
        &self,
        softmax: Softmax,
        inputs: I::Of<'_, wgpu::Buffer>,
        output: Span<'_>,
    ) -> Result<Step, Error> {
        self.prepare(softmax, inputs, output, Wanted::Step { accumulate: true })
    }

    /// Rebinds a step, like [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`SoftmaxKernel::bind`].
    pub fn rebind(
        &self,
        step: &mut Step,
        softmax: Softmax,
        inputs: I::Of<'_, wgpu::Buffer>,
        output: Span<'_>,
    ) -> Result<(), Error> {
        *step = self.prepare(softmax, inputs, output, Wanted::Again(step))?;
        Ok(())
    }

    fn prepare(
        &self,
        softmax: Softmax,
        inputs: I::Of<'_, wgpu::Buffer>,
        output: Span<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Step, Error> {
        let (kernel, given) = (self.spec.operation.what, What::Softmax(softmax.kind()));
        if kernel != given {
            return Err(Error::WrongKernel { kernel: kernel.to_string(), activation: given.to_string() });
        }
        let spec = Spec { accumulate: wanted.accumulates(), ..self.spec };
        let bound = bound::check_softmax(spec, softmax, &I::forms(inputs), output)?;
        self.maker.build(&bound, wanted)
    }
}
