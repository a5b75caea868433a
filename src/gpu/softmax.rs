//! Softmax on the stand-alone layer.

use super::{Gpu, GpuBuffer};
use crate::error::Error;
use crate::operation::Softmax;
use crate::storage::Element;

impl Gpu {
    /// y = softmax(s x) along an axis, or its logarithm.
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
    /// As [`Gpu::forward`], and as [`SoftmaxKernel::bind`](crate::SoftmaxKernel::bind).
    pub fn softmax<T: Element>(&self, softmax: Softmax, x: &GpuBuffer<T>) -> Result<GpuBuffer<T>, Error> {
        self.check_own([("x", x)])?;
        let kernel = self.or_lost(self.kernels().softmax(softmax.kind(), T::STORAGE))?;
        let y = self.create(x.len())?;
        self.submit(&self.or_lost(kernel.bind(softmax, [x.span()], y.span()))?)?;
        Ok(y)
    }

    /// The gradient of [`Gpu::softmax`], from its result.
    ///
    /// # Errors
    /// As [`Gpu::softmax`].
    pub fn softmax_backward_from_output<T: Element>(
        &self,
        softmax: Softmax,
        y: &GpuBuffer<T>,
        dy: &GpuBuffer<T>,
    ) -> Result<GpuBuffer<T>, Error> {
        self.check_own([("y", y), ("dy", dy)])?;
        let kernels = self.kernels();
        let kernel = self.or_lost(kernels.softmax_backward_from_output(softmax.kind(), T::STORAGE))?;
        let dx = self.create(y.len())?;
        self.submit(&self.or_lost(kernel.bind(softmax, [y.span(), dy.span()], dx.span()))?)?;
        Ok(dx)
    }
}
