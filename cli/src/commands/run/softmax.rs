//! A function of rows: softmax and its like, or cross-entropy, along one dimension.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use npyz::Order;
use wgpu_activations::{
    Axis, Broadcast, CrossEntropy, Element, Gpu, GpuBuffer, Softmax, SoftmaxKind, SoftmaxParameters, Span,
    Storage,
};

use super::broadcast::{self, dimension};
use super::options::{self, Family};
use super::{Arguments, Device, Files, Named, check_shapes, find};
use crate::named::{NamedRows, rows_of};
use crate::tensor::Tensor;

/// As PyTorch has it.
const IGNORED: i64 = -100;

/// What has a shape without the rows' dimension.
const EACH_ROW: &str = "a tensor of one element for each row";

pub(super) struct Rows {
    function: Function,
    /// Whether it is that, with noise or from an output that had it.
    gumbel: bool,
    scale: f32,
    from_output: bool,
    /// The dimension of the rows, as the user counts.
    dim: i64,
    /// How many elements a causal mask leaves before the row's own.
    causal: Option<u64>,
    sink: Option<f32>,
    /// What noise is drawn by.
    seed: Option<u64>,
    /// What --labels has, once it is read. Tensors hold f32, of which not every label is one.
    labels: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Function {
    Softmax(SoftmaxKind),
    /// Forward hardmax, and backward what softmax is, of one noise.
    HardGumbel,
    CrossEntropy {
        smoothing: f32,
        ignored: i64,
    },
}

impl Function {
    /// Whether a row has one result.
    fn reduces(self) -> bool {
        matches!(self, Self::Softmax(SoftmaxKind::LogSumExp) | Self::CrossEntropy { .. })
    }
}

impl Rows {
    /// If the name is one of these.
    pub(super) fn named(name: &str, arguments: &Arguments) -> Result<Option<Self>> {
        let Some(named) = rows_of(name) else { return Ok(None) };
        options::check(name, Family::of_rows(named), arguments)?;
        let noise = named == NamedRows::Gumbel;
        let from_output = arguments.from_output;
        ensure!(
            !noise || from_output || arguments.seed.is_some(),
            "{name} draws for each element: give --seed N"
        );
        let (function, sign) = match named {
            NamedRows::Softmax(kind, sign) => (Function::Softmax(kind), sign),
            NamedRows::Gumbel if arguments.hard => (Function::HardGumbel, 1.0),
            NamedRows::Gumbel => (Function::Softmax(SoftmaxKind::Softmax), 1.0),
            NamedRows::CrossEntropy => (Self::loss(name, arguments)?, 1.0),
        };
        let scale = sign * arguments.scale.unwrap_or(1.0);
        let dim = arguments.dim.unwrap_or(-1);
        let Arguments { causal, sink, seed, .. } = *arguments;
        let (gumbel, labels) = (noise, Vec::new());
        Ok(Some(Self { function, gumbel, scale, from_output, dim, causal, sink, seed, labels }))
    }

    fn loss(name: &str, arguments: &Arguments) -> Result<Function> {
        // clap lets through one of the two.
        let labels = arguments.labels.is_some();
        ensure!(labels || arguments.probabilities.is_some(), "{name} takes --labels or --probabilities");
        ensure!(
            labels || arguments.ignore_index.is_none(),
            "--ignore-index goes with --labels: probabilities have none that does not count"
        );
        let smoothing = arguments.label_smoothing.unwrap_or(0.0);
        Ok(Function::CrossEntropy { smoothing, ignored: arguments.ignore_index.unwrap_or(IGNORED) })
    }

    /// What --output is of.
    pub(super) fn result_name(&self) -> &'static str {
        if matches!(self.function, Function::CrossEntropy { .. }) { "loss" } else { "y" }
    }

    fn axis(&self, tensor: &Tensor) -> Result<Axis> {
        let dimension = dimension(self.dim, &tensor.shape).context("--dim")?;
        Ok(Axis::of(&tensor.shape, isize::try_from(dimension)?)?)
    }

    fn softmax(&self, kind: SoftmaxKind, tensor: &Tensor) -> Result<Softmax> {
        let mut softmax = Softmax::of(kind, self.axis(tensor)?).scaled(self.scale)?;
        if let Some(past) = self.causal {
            let last = dimension(self.dim, &tensor.shape)? + 1 == tensor.shape.len();
            ensure!(last, "--causal is along the last dimension: the one before it holds the queries");
            let queries = tensor.shape.iter().rev().nth(1).copied().unwrap_or(1);
            softmax = softmax.causal(queries.max(1), past)?;
        }
        if let Some(sink) = self.sink {
            softmax = softmax.with_sink(sink)?;
        }
        if let Some(seed) = self.seed {
            softmax = softmax.with_gumbel_noise(seed);
        }
        Ok(softmax)
    }

    /// A tensor of one value for each row: without the dimension of these, in f32.
    fn of_rows(&self, tensor: &Tensor, values: Vec<f32>) -> Result<Tensor> {
        let mut shape = tensor.shape.clone();
        shape.remove(dimension(self.dim, &tensor.shape).context("--dim")?);
        Ok(Tensor { shape, order: Order::C, storage: Storage::F32, values })
    }

    pub(super) fn inputs(&mut self, arguments: &Arguments, files: Files<'_>) -> Result<Vec<Named>> {
        let name = if self.from_output { "y" } else { "x" };
        let input = files.read(arguments.input()?)?.in_order(Order::C);
        let axis = self.axis(&input)?;
        let of_row = self.of_rows(&input, Vec::new())?;
        let mut inputs = Vec::new();
        if let Some(path) = &arguments.labels {
            let (shape, labels) = files.read_labels(path)?;
            check_shapes(("the tensor of labels", &shape), (EACH_ROW, &of_row.shape))?;
            self.labels = self.known_labels(&labels, axis.size())?;
            // For the summary.
            let values = labels.iter().map(|label| *label as f32).collect();
            inputs.push(("labels", Tensor { values, ..of_row.clone() }));
        }
        if let Some(path) = &arguments.probabilities {
            let probabilities = files.read_beside(path, "probabilities", (name, &input))?;
            check_shapes(("probabilities", &probabilities.shape), (name, &input.shape))?;
            inputs.push(("probabilities", probabilities));
        }
        if let Some(path) = &arguments.mask {
            let mask = files.read_mask(path)?;
            self.broadcast(&input, &mask)?;
            inputs.push(("mask", mask));
        }
        if let Some(path) = &arguments.sinks {
            let sinks = files.read(path)?.in_order(Order::C);
            self.sinks_over_rows(&input, &sinks)?;
            inputs.push(("sinks", sinks));
        }
        if self.function.reduces() {
            let read = |path| Ok::<_, anyhow::Error>(files.read(path)?.in_order(Order::C));
            if let Some(dy) = arguments.grad.as_deref().map(read).transpose()? {
                check_shapes(("dy", &dy.shape), (EACH_ROW, &of_row.shape))?;
                inputs.push(("dy", dy));
            }
        } else {
            inputs.extend(files.gradient(arguments, (name, &input), (name, &input))?);
        }
        inputs.insert(0, (name, input));
        Ok(inputs)
    }

    /// How a mask goes over the input.
    fn broadcast(&self, input: &Tensor, mask: &Tensor) -> Result<Broadcast> {
        let dimension = isize::try_from(dimension(self.dim, &input.shape)?)?;
        Broadcast::of(&input.shape, dimension, &mask.shape).context("--mask")
    }

    /// What rows share, on a device.
    fn shared(&self, gpu: &Gpu, inputs: &[Named]) -> Result<Shared> {
        let input = &inputs[0].1;
        let mask = find(inputs, "mask")
            .map(|mask| Ok::<_, anyhow::Error>((gpu.upload(&mask.values)?, self.broadcast(input, mask)?)));
        let sinks = find(inputs, "sinks").map(|sinks| {
            let over = self.sinks_over_rows(input, sinks)?;
            Ok::<_, anyhow::Error>((gpu.upload(&over.expand(0, &sinks.values))?, over))
        });
        Ok(Shared { mask: mask.transpose()?, sinks: sinks.transpose()? })
    }

    /// How sinks go over the input's rows.
    fn sinks_over_rows(&self, input: &Tensor, sinks: &Tensor) -> Result<broadcast::Broadcast> {
        broadcast::Broadcast::new("--sinks", &self.of_rows(input, Vec::new())?, &[sinks], None)
    }

    /// Numbers of classes; the library's own label that does not count stands for the user's, which no u32 may be.
    fn known_labels(&self, labels: &[i128], classes: u64) -> Result<Vec<u32>> {
        let Function::CrossEntropy { ignored, .. } = self.function else { return Ok(Vec::new()) };
        let known = |label: i128| match u32::try_from(label) {
            _ if label == i128::from(ignored) => Some(u32::MAX),
            Ok(label) if u64::from(label) < classes => Some(label),
            _ => None,
        };
        let there_are = || match classes {
            0 => "no classes".to_owned(),
            _ => format!("classes 0 to {}", classes - 1),
        };
        let each = labels.iter().enumerate().map(|(row, &label)| {
            known(label).with_context(|| {
                let there_are = there_are();
                format!("row {row} has the label {label}, and there are {there_are} (a label that does not count is --ignore-index)")
            })
        });
        each.collect()
    }

    pub(super) fn compute<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        match self.function {
            function if function.reduces() && inputs[0].1.values.is_empty() => {
                self.of_no_elements(device.gpu, arguments, inputs)
            }
            Function::Softmax(SoftmaxKind::LogSumExp) => self.logsumexp(device, arguments, inputs),
            Function::Softmax(kind) => self.each(kind, device, arguments, inputs),
            Function::HardGumbel => self.straight_through(device, arguments, inputs),
            Function::CrossEntropy { smoothing, .. } => {
                self.cross_entropy(smoothing, device, arguments, inputs)
            }
        }
    }

    /// Rows without an element have a result all the same, which no device has to compute: log(0), or the sink; and no loss.
    fn of_no_elements(&self, gpu: &Gpu, arguments: &Arguments, inputs: &[Named]) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        if let Function::Softmax(kind) = self.function {
            self.softmax(kind, like)?;
        }
        let mut rows = self.of_rows(like, Vec::new())?;
        let (count, most) = (rows.shape.iter().product::<u64>(), gpu.device().limits().max_buffer_size);
        ensure!(
            count.saturating_mul(Storage::F32.bytes()) <= most,
            "x ({}) has {count} rows, and a buffer of the device has at most {most} bytes (max_buffer_size)",
            like.shape_text()
        );
        rows.values = match (self.function, find(inputs, "sinks")) {
            (Function::CrossEntropy { .. }, _) => vec![0.0; count as usize],
            (_, None) => vec![self.sink.unwrap_or(f32::NEG_INFINITY); count as usize],
            (_, Some(sinks)) => self.sinks_over_rows(like, sinks)?.spread(0, &sinks.values),
        };
        // A sink that is all of its row has all of its gradient.
        self.wanted(arguments, inputs, || Ok(rows), |_| Ok(like.clone()), |dy| Ok(dy.values.clone()))
    }

    /// What is wanted of a result and its gradients, of which that by the sinks is given for each row.
    fn wanted(
        &self,
        arguments: &Arguments,
        inputs: &[Named],
        y: impl FnOnce() -> Result<Tensor>,
        dx: impl FnOnce(&Tensor) -> Result<Tensor>,
        by_sinks: impl FnOnce(&Tensor) -> Result<Vec<f32>>,
    ) -> Result<Vec<Named>> {
        let dy = find(inputs, "dy");
        let y = arguments.wants_forward().then(y).transpose()?.map(|y| (self.result_name(), y));
        let dx = dy.map(dx).transpose()?.map(|dx| ("dx", dx));
        let asked = find(inputs, "sinks").zip(dy).filter(|_| arguments.sinks_grad_output.is_some());
        let dsinks = asked.map(|(sinks, dy)| {
            let over = self.sinks_over_rows(&inputs[0].1, sinks)?;
            Ok::<_, anyhow::Error>(("dsinks", broadcast::like(sinks, over.gather(0, &by_sinks(dy)?))))
        });
        Ok(y.into_iter().chain(dx).chain(dsinks.transpose()?).collect())
    }

    fn each<T: Element>(
        &self,
        kind: SoftmaxKind,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        let (gpu, softmax) = (device.gpu, self.softmax(kind, like)?);
        let (input, shared) = (device.upload(like)?, self.shared(gpu, inputs)?);
        let y = || device.read(&gpu.softmax(shared.with(softmax), &input)?, like);
        let dx = |dy: &Tensor| {
            let dy = device.upload(dy)?;
            let dx = if self.from_output {
                gpu.softmax_backward_from_output(softmax, &input, &dy)
            } else {
                // Of a y in 16 bits, the digits that 1 - y needs are gone.
                gpu.softmax_backward(shared.with(softmax), &input, &dy)
            };
            device.read(&dx?, like)
        };
        let by_sinks = |dy: &Tensor| by_sinks(gpu, shared.with(softmax), &input, &device.upload(dy)?);
        self.wanted(arguments, inputs, y, dx, by_sinks)
    }

    fn straight_through<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        let (hard, soft) =
            (self.softmax(SoftmaxKind::Hardmax, like)?, self.softmax(SoftmaxKind::Softmax, like)?);
        let (gpu, x, shared) = (device.gpu, device.upload(like)?, self.shared(device.gpu, inputs)?);
        let y = || device.read(&gpu.softmax(shared.with(hard), &x)?, like);
        let dx = |dy: &Tensor| {
            device.read(&gpu.softmax_backward(shared.with(soft), &x, &device.upload(dy)?)?, like)
        };
        let by_sinks = |dy: &Tensor| by_sinks(gpu, shared.with(soft), &x, &device.upload(dy)?);
        self.wanted(arguments, inputs, y, dx, by_sinks)
    }

    fn logsumexp<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        let (gpu, softmax) = (device.gpu, self.softmax(SoftmaxKind::LogSumExp, like)?);
        let shared = self.shared(gpu, inputs)?;
        let x = device.upload(like)?;
        let y = || gpu.read_blocking(&gpu.logsumexp(shared.with(softmax), &x)?);
        let dx = |dy: &Tensor| gpu.logsumexp_backward(shared.with(softmax), &x, &gpu.upload(&dy.values)?);
        let read = || self.of_rows(like, y()?);
        let by_sinks = |dy: &Tensor| by_sinks(gpu, shared.with(softmax), &x, &gpu.upload(&dy.values)?);
        self.wanted(arguments, inputs, read, |dy| device.read(&dx(dy)?, like), by_sinks)
    }

    fn cross_entropy<T: Element>(
        &self,
        smoothing: f32,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        let (gpu, axis) = (device.gpu, self.axis(like)?);
        let of = |loss: CrossEntropy| loss.scaled(self.scale)?.smoothed(smoothing);
        let (labels, probabilities) =
            (of(CrossEntropy::new(axis))?, of(CrossEntropy::with_probabilities(axis))?);
        let x = device.upload(like)?;
        let target = match find(inputs, "probabilities") {
            None => Target::Labels(gpu.upload(&self.labels)?),
            Some(p) => Target::Probabilities(device.upload(p)?),
        };
        let loss = || match &target {
            Target::Labels(target) => gpu.cross_entropy(labels, &x, target),
            Target::Probabilities(p) => gpu.cross_entropy_with_probabilities(probabilities, &x, p),
        };
        let dx = |dy: &Tensor| {
            let dy = gpu.upload(&dy.values)?;
            match &target {
                Target::Labels(target) => gpu.cross_entropy_backward(labels, &x, target, &dy),
                Target::Probabilities(p) => {
                    gpu.cross_entropy_with_probabilities_backward(probabilities, &x, p, &dy)
                }
            }
        };
        let read = || self.of_rows(like, gpu.read_blocking(&loss()?)?);
        let by_sinks = |_: &Tensor| bail!("cross_entropy takes no --sinks");
        self.wanted(arguments, inputs, read, |dy| device.read(&dx(dy)?, like), by_sinks)
    }
}

/// The gradient by each row's sink.
fn by_sinks<T: Element, D: Element>(
    gpu: &Gpu,
    softmax: SoftmaxParameters<Span<'_>>,
    x: &GpuBuffer<T>,
    dy: &GpuBuffer<D>,
) -> Result<Vec<f32>> {
    Ok(gpu.read_blocking(&gpu.softmax_backward_sinks(softmax, x, dy)?)?)
}

/// What rows share.
struct Shared {
    mask: Option<(GpuBuffer<f32>, Broadcast)>,
    sinks: Option<(GpuBuffer<f32>, broadcast::Broadcast)>,
}

impl Shared {
    fn with(&self, softmax: Softmax) -> SoftmaxParameters<Span<'_>> {
        let parameters = SoftmaxParameters::from(softmax);
        let parameters = match &self.mask {
            Some((mask, broadcast)) => parameters.biased(mask.span(), *broadcast),
            None => parameters,
        };
        match &self.sinks {
            Some((sinks, over)) => parameters.with_sinks(sinks.span(), over.channels()),
            None => parameters,
        }
    }
}

/// What logits are compared with.
enum Target<T> {
    Labels(GpuBuffer<u32>),
    Probabilities(GpuBuffer<T>),
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, gumbel, scale, dim, .. } = self;
        let name = match function {
            Function::HardGumbel => "hard gumbel_softmax",
            Function::Softmax(_) if *gumbel => "gumbel_softmax",
            Function::Softmax(kind) => kind.name(),
            Function::CrossEntropy { .. } => "cross_entropy",
        };
        match scale {
            1.0 => write!(f, "{name} along dimension {dim}"),
            scale => write!(f, "{name} of {scale} * x along dimension {dim}"),
        }
    }
}
