//! Softmax beside copies with as many operands.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use wgpu_activations::{Axis, GpuBuffer, Softmax, SoftmaxKind, Step, Storage};

use crate::baseline::CopyKernel;
use crate::clock::{Samples, median};
use crate::device::Device;
use crate::inputs;

/// Rounds: a kernel and its copy, one after the other.
const ROUNDS: usize = 15;
/// Repeats within a sample.
const TIMES: u32 = 2;

/// Tensors (outer, size, inner): rows of scores, of a language model's logits, and along the channels of images.
pub const ROW_SHAPES: [[u64; 3]; 3] = [[4096, 1024, 1], [32, 151_936, 1], [64, 1000, 49]];

/// What softmax takes over a tensor.
#[derive(Debug, Clone, Serialize)]
pub struct RowsMeasured {
    /// Forward, or backward from the output.
    pub direction: &'static str,
    /// The tensor's shape: outer, the size of the axis, inner.
    pub shape: [u64; 3],
    /// In nanoseconds.
    pub ns_per_element: f64,
    /// As a multiple of a copy kernel with as many operands, in the same run.
    pub ratio_to_copy_kernel: f64,
}

/// Measures softmax in f32, forward and backward from the output.
///
/// # Errors
/// Where the device refuses something, or a row does not sum to 1.
pub fn rows(device: &Device, shape: [u64; 3]) -> Result<[RowsMeasured; 2]> {
    let gpu = &device.gpu;
    let [outer, size, inner] = shape;
    let elements = outer * size * inner;
    let count = usize::try_from(elements).context("too many elements for this machine")?;
    let softmax = Softmax::new(Axis::new(size, inner));
    let [x, dy] = [inputs::x(count), inputs::dy(count)].map(|values| gpu.upload(&values));
    let (x, dy, y, dx) = (x?, dy?, gpu.upload(&vec![0.0; count])?, gpu.upload(&vec![0.0; count])?);
    let kernels = gpu.kernels();
    let forward = kernels.softmax(SoftmaxKind::Softmax, Storage::F32)?.bind(softmax, [x.span()], y.span())?;
    let backward = kernels.softmax_backward_from_output(SoftmaxKind::Softmax, Storage::F32)?;
    let backward = backward.bind(softmax, [y.span(), dy.span()], dx.span())?;
    let measured = |direction, step: &Step, read: &[&GpuBuffer<f32>], to: &GpuBuffer<f32>| -> Result<_> {
        let inputs: Vec<_> = read.iter().map(|buffer| buffer.buffer()).collect();
        let bytes = elements * Storage::F32.bytes();
        let (copy, _) =
            CopyKernel::fastest(gpu.device(), &device.clock, &inputs, &[to.buffer()], bytes, TIMES)?;
        device.clock.call_and_wait(step)?;
        let Samples { ns, ratios: [ratios] } = device.clock.compare(step, [&copy], TIMES, ROUNDS)?;
        let (ns_per_element, ratio_to_copy_kernel) = (median(&ns) / elements as f64, median(&ratios));
        Ok(RowsMeasured { direction, shape, ns_per_element, ratio_to_copy_kernel })
    };
    let forward_measured = measured("forward", &forward, &[&x], &y)?;
    // A copy was the last to write there.
    device.clock.call_and_wait(&forward)?;
    let results = gpu.read_blocking(&y)?;
    let first: f64 = results.iter().step_by(inner as usize).take(size as usize).map(|y| f64::from(*y)).sum();
    ensure!((first - 1.0).abs() < 1e-5, "the first row of {shape:?} sums to {first}");
    Ok([forward_measured, measured("backward_from_output", &backward, &[&y, &dy], &dx)?])
}
