//! Functions of rows on the stand-alone layer.

use super::device::{RowKernel, Span};
use super::{Gpu, GpuBuffer};
use crate::error::Error;
use crate::operand::{Elements, RowParameters, SoftmaxParameters};
use crate::operation::{CrossEntropy, RowFunction, SoftmaxKind, Targets};
use crate::storage::{Element, Stored};

impl Gpu {
    /// y = softmax(s x) along an axis, or its logarithm. (For logsumexp, [`Gpu::logsumexp`].)
    ///
    /// ```no_run
    /// use wgpu_activations::{Axis, Gpu, Softmax};
    /// let gpu = Gpu::new_blocking()?;
    /// let x = gpu.upload(&[1.0_f32, 2.0, 3.0, 3.0])?;
    /// let y = gpu.softmax(Softmax::new(Axis::last(2)), &x)?;
    /// assert_eq!(gpu.read_blocking(&y)?, [0.26894143, 0.7310586, 0.5, 0.5]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Gpu::forward`], and as [`RowKernel::bind`](crate::RowKernel::bind); [`Error::LengthMismatch`] for logsumexp.
    pub fn softmax<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        x: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        let parameters = softmax.into();
        self.check_own([("x", x)])?;
        parameters.softmax.check_elementwise(x.len())?;
        let kernel = self.or_lost(self.kernels().softmax(parameters.softmax.kind(), T::STORAGE))?;
        self.row_results(&kernel, parameters.into(), [x.span()], x.len())
    }

    /// y = log Σ exp(s x) along an axis: one f32 for each row.
    ///
    /// ```no_run
    /// use wgpu_activations::{Axis, Gpu, Softmax};
    /// let gpu = Gpu::new_blocking()?;
    /// let x = gpu.upload(&[0.0_f32, 0.0, 1.0, 1.0])?;
    /// let y = gpu.logsumexp(Softmax::logsumexp(Axis::last(2)), &x)?;
    /// assert_eq!(gpu.read_blocking(&y)?, [0.6931472, 1.6931472]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Gpu::softmax`]; [`Error::WrongKernel`] for another function.
    pub fn logsumexp<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        x: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<f32>, Error> {
        let parameters = softmax.into();
        self.check_own([("x", x)])?;
        let kernel = self.or_lost(self.kernels().softmax(SoftmaxKind::LogSumExp, T::STORAGE))?;
        self.row_results(&kernel, parameters.into(), [x.span()], rows_of(parameters.softmax, x.len()))
    }

    /// The gradient of [`Gpu::softmax`], from its x.
    ///
    /// # Errors
    /// As [`Gpu::softmax`].
    pub fn softmax_backward<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        let parameters = softmax.into();
        self.check_own([("x", x), ("dy", dy)])?;
        parameters.softmax.check_elementwise(x.len())?;
        let kernel = self.kernels().softmax_backward(parameters.softmax.kind(), T::STORAGE);
        let kernel = self.or_lost(kernel)?;
        self.row_results(&kernel, parameters.into(), [x.span(), dy.span()], x.len())
    }

    /// The gradient of [`Gpu::logsumexp`], with one f32 that arrives at each row.
    ///
    /// # Errors
    /// As [`Gpu::logsumexp`].
    pub fn logsumexp_backward<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<f32>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.check_own([("x", x)])?;
        self.check_own([("dy", dy)])?;
        let kernel = self.kernels().softmax_backward(SoftmaxKind::LogSumExp, T::STORAGE);
        self.row_results(&self.or_lost(kernel)?, softmax.into().into(), [x.span(), dy.span()], x.len())
    }

    /// The gradient of [`Gpu::softmax`], from its result.
    ///
    /// # Errors
    /// As [`Gpu::softmax`].
    pub fn softmax_backward_from_output<'a, T: Element>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        y: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        let parameters = softmax.into();
        self.check_own([("y", y), ("dy", dy)])?;
        let kind = parameters.softmax.kind();
        let kernel = self.or_lost(self.kernels().softmax_backward_from_output(kind, T::STORAGE))?;
        self.row_results(&kernel, parameters.into(), [y.span(), dy.span()], y.len())
    }

    /// The gradient of [`Gpu::softmax`] or [`Gpu::logsumexp`] by each row's own sink: one f32 for each row. For a sink that rows share, sum them,
    /// as [`Kernels::softmax_backward_sinks`](crate::Kernels::softmax_backward_sinks) shows. What arrives, dy, is of x's type, or of logsumexp
    /// one f32 for each row.
    ///
    /// # Errors
    /// As [`Gpu::softmax`]; [`Error::NoSink`].
    pub fn softmax_backward_sinks<'a, T: Element, D: Stored>(
        &self,
        softmax: impl Into<SoftmaxParameters<Span<'a>>>,
        x: &GpuBuffer<T>,
        dy: &GpuBuffer<D>,
    ) -> Result<GpuBuffer<f32>, Error> {
        let parameters = softmax.into();
        self.check_own([("x", x)])?;
        self.check_own([("dy", dy)])?;
        let kernel = self.kernels().softmax_backward_sinks(parameters.softmax.kind(), T::STORAGE);
        let rows = rows_of(parameters.softmax, x.len());
        self.row_results(&self.or_lost(kernel)?, parameters.into(), [x.span(), dy.span()], rows)
    }

    /// The loss of each row of logits, against its label.
    ///
    /// ```no_run
    /// use wgpu_activations::{Axis, CrossEntropy, Gpu};
    /// let gpu = Gpu::new_blocking()?;
    /// let logits = gpu.upload(&[0.0_f32, 0.0, 5.0, -5.0])?;
    /// let labels = gpu.upload(&[1_u32, 0])?;
    /// let loss = gpu.cross_entropy(CrossEntropy::new(Axis::last(2)), &logits, &labels)?;
    /// assert_eq!(gpu.read_blocking(&loss)?, [0.6931472, 4.5398898e-05]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Gpu::softmax`]; [`Error::WrongKernel`] for one with probabilities.
    pub fn cross_entropy<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        labels: &GpuBuffer<u32>,
    ) -> Result<GpuBuffer<f32>, Error> {
        self.losses(Targets::Labels, cross_entropy, x, labels)
    }

    /// The gradient of [`Gpu::cross_entropy`] by the logits, with one f32 that arrives at each row.
    ///
    /// # Errors
    /// As [`Gpu::cross_entropy`].
    pub fn cross_entropy_backward<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        labels: &GpuBuffer<u32>,
        dy: &GpuBuffer<f32>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.loss_gradients(Targets::Labels, cross_entropy, x, labels, dy)
    }

    /// The loss of each row of logits, against a probability for each element.
    ///
    /// # Errors
    /// As [`Gpu::softmax`]; [`Error::WrongKernel`] for one with labels.
    pub fn cross_entropy_with_probabilities<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        probabilities: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<f32>, Error> {
        self.losses(Targets::Probabilities, cross_entropy, x, probabilities)
    }

    /// The gradient of [`Gpu::cross_entropy_with_probabilities`] by the logits, with one f32 that arrives at each row.
    ///
    /// # Errors
    /// As [`Gpu::cross_entropy_with_probabilities`].
    pub fn cross_entropy_with_probabilities_backward<T: Element>(
        &self,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        probabilities: &GpuBuffer<T>,
        dy: &GpuBuffer<f32>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.loss_gradients(Targets::Probabilities, cross_entropy, x, probabilities, dy)
    }

    fn losses<T: Element, P: Stored>(
        &self,
        targets: Targets,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        target: &GpuBuffer<P>,
    ) -> Result<GpuBuffer<f32>, Error> {
        self.check_own([("x", x)])?;
        self.check_own([("the target", target)])?;
        let kernel = self.or_lost(self.kernels().cross_entropy(targets, T::STORAGE))?;
        let rows = rows_of(cross_entropy, x.len());
        self.row_results(&kernel, cross_entropy.into(), [x.span(), target.span()], rows)
    }

    fn loss_gradients<T: Element, P: Stored>(
        &self,
        targets: Targets,
        cross_entropy: CrossEntropy,
        x: &GpuBuffer<T>,
        target: &GpuBuffer<P>,
        dy: &GpuBuffer<f32>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.check_own([("x", x)])?;
        self.check_own([("the target", target)])?;
        self.check_own([("dy", dy)])?;
        let kernel = self.or_lost(self.kernels().cross_entropy_backward(targets, T::STORAGE))?;
        self.row_results(&kernel, cross_entropy.into(), [x.span(), target.span(), dy.span()], x.len())
    }

    /// So many results of a new buffer.
    fn row_results<R: Stored, const INPUTS: usize>(
        &self,
        kernel: &RowKernel<Elements<INPUTS>>,
        parameters: RowParameters<Span<'_>>,
        inputs: [Span<'_>; INPUTS],
        results: u64,
    ) -> Result<GpuBuffer<R>, Error> {
        let output = self.create(results)?;
        self.submit(&self.or_lost(kernel.bind(parameters, inputs, output.span()))?)?;
        Ok(output)
    }
}

/// How many rows so many elements are; what is no multiple of a row is refused where it is bound.
fn rows_of(function: impl Into<RowFunction>, elements: u64) -> u64 {
    function.into().axis().rows(elements).unwrap_or(0)
}
