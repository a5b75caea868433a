//! Functions of rows beside copies with as many tensors.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use wgpu_activations::reference::{RowGradient, RowTarget};
use wgpu_activations::{Axis, CrossEntropy, GpuBuffer, Softmax, SoftmaxKind, Step, Storage, Targets};

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

/// logsumexp is a part of log_softmax, and hardmax next to no arithmetic.
const KINDS: [SoftmaxKind; 3] = [SoftmaxKind::Softmax, SoftmaxKind::LogSoftmax, SoftmaxKind::Sparsemax];

/// What a result may be off by, as a part of the size of its terms: `verify` says more.
const ALLOWED: f64 = 8.0 * f32::EPSILON as f64;

/// What a function takes over a tensor.
#[derive(Debug, Clone, Serialize)]
pub struct RowsMeasured {
    /// `softmax`, `cross_entropy`.
    pub function: &'static str,
    /// `forward`, `backward`, `backward_from_output`.
    pub direction: &'static str,
    /// The tensor's shape: outer, the size of the axis, inner.
    pub shape: [u64; 3],
    /// In nanoseconds.
    pub ns_per_element: f64,
    /// As a multiple of a copy kernel that reads as many tensors of this shape and writes one, in the same run.
    pub ratio_to_copy_kernel: f64,
}

/// Measures softmax and its like, forward and backward from the output, and cross_entropy with labels, forward and backward; in f32.
///
/// # Errors
/// Where the device refuses something, or results of the first row are wrong.
pub fn rows(device: &Device, shape: [u64; 3]) -> Result<Vec<RowsMeasured>> {
    let bed = RowBed::new(device, shape)?;
    let mut measured = Vec::new();
    for kind in KINDS {
        measured.extend(bed.softmax(kind)?);
    }
    measured.extend(bed.cross_entropy()?);
    Ok(measured)
}

/// Tensors of one shape, and copies that read one of them, or two.
struct RowBed<'a> {
    device: &'a Device,
    shape: [u64; 3],
    x: GpuBuffer<f32>,
    dy: GpuBuffer<f32>,
    y: GpuBuffer<f32>,
    dx: GpuBuffer<f32>,
    copies: [CopyKernel; 2],
}

/// What is measured, and what its first row should hold.
struct Run<'a> {
    function: &'static str,
    direction: &'static str,
    step: Step,
    copy: &'a CopyKernel,
    output: &'a GpuBuffer<f32>,
    exact: Vec<RowGradient>,
}

impl<'a> RowBed<'a> {
    fn new(device: &'a Device, shape: [u64; 3]) -> Result<Self> {
        let elements: u64 = shape.iter().product();
        let count = usize::try_from(elements).context("too many elements for this machine")?;
        let upload = |values: Vec<f32>| device.gpu.upload(&values);
        let (x, dy) = (upload(inputs::x(count))?, upload(inputs::dy(count))?);
        let (y, dx) = (upload(vec![0.0; count])?, upload(vec![0.0; count])?);
        let copy = |read: &[&GpuBuffer<f32>]| -> Result<CopyKernel> {
            let inputs: Vec<_> = read.iter().map(|buffer| buffer.buffer()).collect();
            let (gpu, bytes) = (device.gpu.device(), elements * Storage::F32.bytes());
            Ok(CopyKernel::fastest(gpu, &device.clock, &inputs, &[dx.buffer()], bytes, TIMES)?.0)
        };
        let copies = [copy(&[&x])?, copy(&[&x, &dy])?];
        Ok(Self { device, shape, x, dy, y, dx, copies })
    }

    fn axis(&self) -> Axis {
        Axis::new(self.shape[1], self.shape[2])
    }

    /// The first row of a tensor, or the first result where a row has one.
    fn first_row(&self, tensor: &GpuBuffer<f32>) -> Result<Vec<f64>> {
        let [_, size, inner] = self.shape;
        let all = self.device.gpu.read_blocking(tensor)?;
        Ok(all.iter().step_by(inner as usize).take(size as usize).map(|value| f64::from(*value)).collect())
    }

    fn softmax(&self, kind: SoftmaxKind) -> Result<[RowsMeasured; 2]> {
        let softmax = Softmax::of(kind, self.axis());
        let [x, dy, y, dx] = [&self.x, &self.dy, &self.y, &self.dx].map(GpuBuffer::span);
        let kernels = self.device.gpu.kernels();
        let forward = kernels.softmax(kind, Storage::F32)?.bind(softmax, [x], y)?;
        let row = self.first_row(&self.x)?;
        let (values, sizes) = (softmax.exact(&row), softmax.exact_sizes(&row));
        let exact = values.into_iter().zip(sizes).map(|(value, size)| RowGradient { value, size }).collect();
        let (function, [copy, copy_of_two]) = (kind.name(), &self.copies);
        let run = Run { function, direction: "forward", step: forward, copy, output: &self.y, exact };
        let forward = self.measure(run)?;
        let step = kernels.softmax_backward_from_output(kind, Storage::F32)?.bind(softmax, [y, dy], dx)?;
        let exact = softmax.exact_backward(&self.first_row(&self.y)?, &self.first_row(&self.dy)?);
        let direction = "backward_from_output";
        let run = Run { function, direction, step, copy: copy_of_two, output: &self.dx, exact };
        Ok([forward, self.measure(run)?])
    }

    /// Labels and losses are few: copies read logits alone.
    fn cross_entropy(&self) -> Result<[RowsMeasured; 2]> {
        let [outer, size, inner] = self.shape;
        let (loss, gpu) = (CrossEntropy::new(self.axis()), &self.device.gpu);
        let of_rows = (outer * inner) as usize;
        let labels: Vec<u32> = (0..size as u32).cycle().take(of_rows).collect();
        let labels = gpu.upload(&labels)?;
        let (losses, d_losses) = (gpu.upload(&vec![0.0_f32; of_rows])?, gpu.upload(&vec![1.0_f32; of_rows])?);
        let (row, target) = (self.first_row(&self.x)?, RowTarget::Label(0));
        let kernel = gpu.kernels().cross_entropy(Targets::Labels, Storage::F32)?;
        let step = kernel.bind(loss, [self.x.span(), labels.span()], losses.span())?;
        let value = loss.exact(&row, target);
        let exact = vec![RowGradient { value, size: value }];
        let (function, copy) = ("cross_entropy", &self.copies[0]);
        let forward =
            self.measure(Run { function, direction: "forward", step, copy, output: &losses, exact })?;
        let kernel = gpu.kernels().cross_entropy_backward(Targets::Labels, Storage::F32)?;
        let step = kernel.bind(loss, [self.x.span(), labels.span(), d_losses.span()], self.dx.span())?;
        let exact = loss.exact_backward(&row, target, 1.0);
        let run = Run { function, direction: "backward", step, copy, output: &self.dx, exact };
        Ok([forward, self.measure(run)?])
    }

    fn measure(&self, run: Run<'_>) -> Result<RowsMeasured> {
        let Run { function, direction, step, copy, output, exact } = run;
        self.device.clock.call_and_wait(&step)?;
        let got = self.first_row(output)?;
        let right = got.iter().zip(&exact).all(|(got, exact)| {
            (got - exact.value).abs() <= ALLOWED * exact.size.abs().max(f32::MIN_POSITIVE.into())
        });
        ensure!(right, "{function} {direction}: the first row of {:?} is wrong", self.shape);
        let Samples { ns, ratios: [ratios] } = self.device.clock.compare(&step, [copy], TIMES, ROUNDS)?;
        let elements: u64 = self.shape.iter().product();
        Ok(RowsMeasured {
            function,
            direction,
            shape: self.shape,
            ns_per_element: median(&ns) / elements as f64,
            ratio_to_copy_kernel: median(&ratios),
        })
    }
}
