//! A multilayer perceptron on the GPU. This is where the library comes in: [`hidden_formula`] says what follows a hidden layer's matrix
//! multiplication, bias and activation. [`activation_steps`] binds it and its gradients to the network's buffers once, and
//! [`Batch::record_forward`] and [`Batch::record_backward`] record them between the application's own multiplications, into the
//! application's own pass.

use std::num::NonZeroU64;

use anyhow::Result;
use wgpu_activations::{
    Activation, Axis, Channels, CrossEntropy, Error, Expression, Formula, Kernels, Operand, Span, Step,
    Storage, Targets, wgpu,
};

use super::gpu::{Gpu, Work};
use super::product::{self, BLOCK, Product, TILE, padded};

/// Tensors in one buffer begin where every device allows a binding to begin.
const ALIGNMENT: u64 = 256;

/// All weights of a network in one buffer, their gradients in another of the same layout.
pub(crate) struct Network {
    pub(crate) gpu: Gpu,
    kernels: Kernels,
    matmul: wgpu::ComputePipeline,
    loss: Loss,
    layers: Vec<Layer>,
    activation: Activation,
    pub(crate) weights: wgpu::Buffer,
    pub(crate) gradients: wgpu::Buffer,
    /// Where the activation's learnable parameters begin among the weights, in values: each hidden layer learns its own.
    learnable_at: usize,
}

/// What the outputs are compared with the targets by.
#[derive(Clone, Copy)]
pub(crate) enum Loss {
    /// The library's, of logits and one-hot targets.
    #[allow(dead_code, reason = "each example has one of them")]
    CrossEntropy,
    /// An application's own, in WGSL: see `shaders/loss.wgsl`.
    #[allow(dead_code, reason = "each example has one of them")]
    Own(&'static str),
}

impl Loss {
    /// The bias of the columns that fill tiles up: in a softmax, they must not count.
    fn padding(self) -> f32 {
        match self {
            Self::CrossEntropy => -1e30,
            Self::Own(_) => 0.0,
        }
    }
}

/// Where a layer's weights lie: a row of `outputs` values for each input, then the bias, all in whole tiles.
#[derive(Clone, Copy)]
struct Layer {
    inputs: usize,
    outputs: usize,
    byte_offset: u64,
}

impl Layer {
    fn weights(&self) -> usize {
        (padded(self.inputs) + TILE) * padded(self.outputs)
    }

    /// The bias: a value for each column of what the layer computes.
    fn bias<'a>(&self, buffer: &'a wgpu::Buffer) -> Operand<'a> {
        let (inputs, columns) = (padded(self.inputs), padded(self.outputs) as u64);
        let span = Span::new(buffer, self.byte_offset + 4 * inputs as u64 * columns, columns);
        Operand::channels(span, Channels::new(columns, 1))
    }

    fn binding<'a>(&self, buffer: &'a wgpu::Buffer) -> wgpu::BindingResource<'a> {
        let size = NonZeroU64::new(4 * self.weights() as u64);
        wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: self.byte_offset, size })
    }
}

impl Network {
    /// Layers of these sizes, the inputs first, with `activation` between them. The same seed gives the same weights.
    pub(crate) fn new(gpu: &Gpu, sizes: &[usize], activation: Activation, loss: Loss, seed: u64) -> Self {
        let mut end = 0;
        let layers: Vec<Layer> = sizes
            .windows(2)
            .map(|pair| {
                let layer = Layer { inputs: pair[0], outputs: pair[1], byte_offset: end };
                end = (end + 4 * layer.weights() as u64).next_multiple_of(ALIGNMENT);
                layer
            })
            .collect();
        let learnable_at = (end / 4) as usize;
        let mut weights = initial_weights(&layers, learnable_at, activation, seed);
        for _hidden in 1..layers.len() {
            weights.extend(learnable(activation).map(|(_, value)| value));
        }
        if let Some(last) = layers.last() {
            let bias = last.byte_offset as usize / 4 + padded(last.inputs) * padded(last.outputs);
            weights[bias..][last.outputs..padded(last.outputs)].fill(loss.padding());
        }
        Self {
            gpu: gpu.clone(),
            kernels: Kernels::new(&gpu.device),
            matmul: product::pipeline(gpu, product::NO_EPILOGUE),
            loss,
            activation,
            gradients: gpu.zeros("gradients", weights.len()),
            weights: gpu.buffer("weights", &weights),
            learnable_at,
            layers,
        }
    }

    /// The learnable parameters that the hidden layers have by now, with their names. Waits for them.
    pub(crate) fn learned(&self) -> Result<Vec<Learned>> {
        let weights: Vec<f32> = self.gpu.read(&self.weights)?;
        let names = || learnable(self.activation).map(|(name, _)| name);
        let places = (1..self.layers.len()).flat_map(|layer| names().map(move |name| (layer, name)));
        let values = &weights[self.learnable_at..];
        Ok(places.zip(values).map(|((layer, name), &value)| Learned { layer, name, value }).collect())
    }

    /// Learnable parameter number `index` of a hidden layer, or its gradient.
    fn learnable_span<'a>(&self, buffer: &'a wgpu::Buffer, layer: usize, index: usize) -> Span<'a> {
        let count = self.activation.kind().learnable().len();
        Span::new(buffer, 4 * (self.learnable_at + layer * count + index) as u64, 1)
    }

    pub(crate) fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    pub(crate) fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }
}

/// Uniform. Biases as PyTorch draws them.
fn initial_weights(layers: &[Layer], count: usize, activation: Activation, seed: u64) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let variance = variance_for(activation);
    let mut values = vec![0.0; count];
    for layer in layers {
        let weights = &mut values[layer.byte_offset as usize / 4..][..layer.weights()];
        let weight_limit = (3.0 * variance / layer.inputs as f32).sqrt();
        let bias_limit = (1.0 / layer.inputs as f32).sqrt();
        for (index, row) in weights.chunks_mut(padded(layer.outputs)).enumerate() {
            let limit = match index {
                input if input < layer.inputs => weight_limit,
                bias if bias == padded(layer.inputs) => bias_limit,
                _ => 0.0,
            };
            row[..layer.outputs].fill_with(|| limit * (2.0 * rng.f32() - 1.0));
        }
    }
    values
}

/// A parameter that a hidden layer's activation has learned. The first layer is number 1.
pub(crate) struct Learned {
    pub(crate) layer: usize,
    pub(crate) name: &'static str,
    pub(crate) value: f32,
}

/// The parameters of an activation that can be learned, with their names.
fn learnable(activation: Activation) -> impl Iterator<Item = (&'static str, f32)> {
    let value = move |name: &str| {
        let mut named = activation.kind().parameters().iter().zip(activation.parameters());
        named.find(|(parameter, _)| parameter.name == name).map_or(0.0, |(_, value)| *value)
    };
    activation.kind().learnable().map(move |(name, _)| (name, value(name)))
}

/// The variance of weights, times the number of inputs. Where the activation levels off, Glorot's for layers of one width: 1.
/// Where it goes on rising, He's (2015) for any function f: 1 over the mean of f(z)^2, z being normal with variance 1, so
/// that the values keep their size from layer to layer. For relu that is 2.
fn variance_for(activation: Activation) -> f32 {
    let value = |z: f64| activation.exact(z).value;
    if value(1e6).abs() < 1e3 {
        return 1.0;
    }
    const STEP: f64 = 1.0 / 128.0;
    let places = (-1024..=1024).map(|step| STEP * f64::from(step));
    let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let mean_square: f64 = places.map(|z| STEP * density(z) * value(z).powi(2)).sum();
    (1.0 / mean_square) as f32
}

/// What a network computes for a number of rows at once, and the buffers in between.
pub(crate) struct Batch {
    pub(crate) rows: usize,
    pub(crate) inputs: wgpu::Buffer,
    pub(crate) targets: wgpu::Buffer,
    pub(crate) outputs: wgpu::Buffer,
    /// Each row's loss.
    pub(crate) losses: wgpu::Buffer,
    pub(crate) hidden: Vec<Hidden>,
    layers: Vec<LayerWork>,
    activations: Vec<ActivationSteps>,
    loss: LossWork,
}

/// The loss of each row, and the gradient by the outputs.
enum LossWork {
    Steps(Vec<Step>),
    Own(Work),
}

impl LossWork {
    fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        match self {
            Self::Steps(steps) => steps.iter().for_each(|step| step.record(pass)),
            Self::Own(work) => work.record(pass),
        }
    }
}

/// The values around a hidden layer's activation.
pub(crate) struct Hidden {
    /// Before the bias is added.
    x: wgpu::Buffer,
    pub(crate) y: wgpu::Buffer,
    /// dy first; the backward pass writes dx over it.
    pub(crate) gradient: wgpu::Buffer,
}

/// A layer's own matrix multiplications.
struct LayerWork {
    forward: Work,
    weight_gradient: Work,
    /// None for the first layer, whose inputs are data.
    input_gradient: Option<Work>,
}

/// The library's part of a hidden layer.
struct ActivationSteps {
    forward: Step,
    /// The gradients of learned parameters, then dx, which takes the place of dy.
    backward: Vec<Step>,
}

impl Batch {
    /// `inputs` and `targets` hold the rows, in whole tiles as a [`Dataset`](super::training::Dataset) has them.
    pub(crate) fn new(
        network: &Network,
        rows: usize,
        inputs: wgpu::Buffer,
        targets: wgpu::Buffer,
    ) -> Result<Self> {
        let gpu = &network.gpu;
        let zeros = |label, columns| gpu.zeros(label, padded(rows) * padded(columns));
        let hidden: Vec<Hidden> = network.layers[..network.layers.len() - 1]
            .iter()
            .map(|layer| Hidden {
                x: zeros("x", layer.outputs),
                y: zeros("y", layer.outputs),
                gradient: zeros("dy, then dx", layer.outputs),
            })
            .collect();
        let outputs = zeros("outputs", network.outputs());
        let output_gradient = zeros("gradient of the outputs", network.outputs());
        let losses = gpu.zeros("losses", rows);

        let layers = (0..network.layers.len())
            .map(|index| {
                let below = index.checked_sub(1).map(|below| &hidden[below]);
                let input = below.map_or(&inputs, |below| &below.y);
                let (output, gradient) =
                    hidden.get(index).map_or((&outputs, &output_gradient), |it| (&it.x, &it.gradient));
                layer_work(network, index, rows, input, output, gradient, below.map(|below| &below.gradient))
            })
            .collect();
        let loss = loss_work(network, rows, [&outputs, &targets, &output_gradient, &losses])?;
        let steps = |(layer, hidden)| activation_steps(network, layer, hidden);
        let activations = hidden.iter().enumerate().map(steps).collect::<Result<_, Error>>()?;
        Ok(Self { rows, inputs, targets, outputs, losses, hidden, layers, activations, loss })
    }

    /// The outputs, and the loss with its gradient by them.
    pub(crate) fn record_forward(&self, pass: &mut wgpu::ComputePass<'_>) {
        for (index, layer) in self.layers.iter().enumerate() {
            layer.forward.record(pass);
            if let Some(activation) = self.activations.get(index) {
                activation.forward.record(pass);
            }
        }
        self.loss.record(pass);
    }

    /// The gradients of all weights, and of the activations' learnable parameters.
    pub(crate) fn record_backward(&self, pass: &mut wgpu::ComputePass<'_>) {
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if let Some(activation) = self.activations.get(index) {
                activation.backward.iter().for_each(|step| step.record(pass));
            }
            layer.weight_gradient.record(pass);
            if let Some(input_gradient) = &layer.input_gradient {
                input_gradient.record(pass);
            }
        }
    }

    /// The mean loss of what was computed last. Waits for it.
    pub(crate) fn read_loss(&self, gpu: &Gpu) -> Result<f64> {
        let sum: f64 = gpu.read::<f32>(&self.losses)?.into_iter().map(f64::from).sum();
        Ok(sum / self.rows as f64)
    }
}

/// The three products of a layer. Its bias is one more row of weights, for an input that is always 1: that gives the bias its gradient
/// within the product that the weights' gradients need anyway. (`Formula::backward` by the bias sums it in a dispatch of its own, which
/// costs these small layers more.) Going forward, a hidden layer's formula adds the bias.
fn layer_work(
    network: &Network,
    index: usize,
    rows: usize,
    input: &wgpu::Buffer,
    output: &wgpu::Buffer,
    gradient: &wgpu::Buffer,
    input_gradient: Option<&wgpu::Buffer>,
) -> LayerWork {
    let layer = &network.layers[index];
    let [rows, inputs, outputs] = [rows, layer.inputs, layer.outputs].map(padded);
    let is_last = index + 1 == network.layers.len();
    let forward = Product {
        rows,
        columns: outputs,
        terms: if is_last { inputs + BLOCK } else { inputs }, // one block more, for the bias
        a_columns: inputs,
        b_columns: outputs,
        a_transposed: false,
        b_transposed: false,
        ones: Some(inputs),
    };
    // The inputs, transposed, times the gradient.
    let weight_gradient =
        Product { rows: inputs + TILE, columns: outputs, terms: rows, a_transposed: true, ..forward };
    // The gradient times the weights, transposed and without the bias.
    let input_product = Product {
        rows,
        columns: inputs,
        terms: outputs,
        a_columns: outputs,
        b_columns: outputs,
        a_transposed: false,
        b_transposed: true,
        ones: None,
    };
    let Network { gpu, matmul, .. } = network;
    let whole = wgpu::Buffer::as_entire_binding;
    let (weights, gradients) = (layer.binding(&network.weights), layer.binding(&network.gradients));
    LayerWork {
        forward: forward.work(gpu, matmul, [whole(input), weights.clone(), whole(output)]),
        weight_gradient: weight_gradient.work(gpu, matmul, [whole(input), whole(gradient), gradients]),
        input_gradient: input_gradient
            .map(|to| input_product.work(gpu, matmul, [whole(gradient), weights, whole(to)])),
    }
}

/// What follows a hidden layer's matrix multiplication: `gelu_erf(x + bias[c])`, or `prelu(x + bias[c], weight[])` where the activation
/// has parameters to learn.
fn hidden_formula(activation: Activation) -> Result<Formula, Error> {
    let mut arguments = vec![Expression::operand("x") + Expression::channels("bias", 'c')];
    for (parameter, value) in activation.kind().parameters().iter().zip(activation.parameters()) {
        let is_learned = learnable(activation).any(|(name, _)| name == parameter.name);
        arguments.push(match is_learned {
            true => Expression::single(parameter.name),
            false => Expression::number(*value),
        });
    }
    Expression::call(activation.kind().name(), &arguments).formula()
}

/// The library's steps for a hidden layer: bound once, recorded in every training step. Bias and learned parameters are read from the
/// network's weights, and the gradients of the latter go where the weights' gradients are: one optimiser serves them all.
fn activation_steps(network: &Network, layer: usize, hidden: &Hidden) -> Result<ActivationSteps, Error> {
    let Network { kernels, activation, layers, weights, gradients, .. } = network;
    let [x, y, gradient] = [&hidden.x, &hidden.y, &hidden.gradient].map(|buffer| Span::all(buffer).into());
    let formula = hidden_formula(*activation)?;
    let bind = |formula: &Formula, operands: &[(&str, Operand<'_>)]| {
        kernels.formula(formula, Storage::F32)?.bind(operands)
    };
    let learned = |buffer| {
        let single =
            move |(index, (name, _))| (name, Operand::single(network.learnable_span(buffer, layer, index)));
        learnable(*activation).enumerate().map(single)
    };
    let mut operands = vec![("x", x), ("bias", layers[layer].bias(weights))];
    operands.extend(learned(weights));
    let forward = bind(&formula, &[&operands[..], &[("y", y)]].concat())?;

    operands.push(("dy", gradient));
    let gradient_of = |name| Ok::<_, Error>(formula.backward(&[name])?.remove(0));
    let mut sums: Vec<_> = learned(gradients).map(|(name, to)| (name, format!("d{name}"), to)).collect();
    let mut results = vec![("dx", gradient)];
    let mut dx = gradient_of("x")?;
    // One sum is fused with dx: a pass over x and dy less.
    let last = sums.pop();
    if let Some((name, result, to)) = &last {
        dx = dx.fuse(&gradient_of(name)?)?;
        results.push((result, *to));
    }
    let mut backward = Vec::new();
    for (name, result, to) in &sums {
        let sum = gradient_of(name)?;
        let mut read = operands.clone();
        read.retain(|(name, _)| sum.reads(name));
        backward.push(bind(&sum, &[&read[..], &[(result, *to)]].concat())?);
    }
    backward.push(bind(&dx, &[operands, results].concat())?);
    Ok(ActivationSteps { forward, backward })
}

/// Of outputs and targets: the gradient, and each row's loss.
fn loss_work(network: &Network, rows: usize, buffers: [&wgpu::Buffer; 4]) -> Result<LossWork, Error> {
    let (gpu, columns) = (&network.gpu, network.outputs());
    let Loss::Own(loss) = network.loss else { return cross_entropy(network, rows, buffers) };
    let loss = include_str!("shaders/loss.wgsl").to_owned() + loss;
    let pipeline = gpu.compute(&gpu.module("loss", &loss), "loss");
    let shape = gpu.uniform("shape", &[rows, columns, padded(columns), 0].map(|size| size as u32));
    let [outputs, targets, gradients, losses] = buffers.map(wgpu::Buffer::as_entire_binding);
    let bindings = [shape.as_entire_binding(), outputs, targets, gradients, losses];
    Ok(LossWork::Own(gpu.work(&pipeline, &bindings, rows)))
}

/// The library's: of rows whose last columns have next to minus infinity in them. The mean over rows is a dy of one over their number.
fn cross_entropy(network: &Network, rows: usize, buffers: [&wgpu::Buffer; 4]) -> Result<LossWork, Error> {
    let (kernels, columns) = (&network.kernels, padded(network.outputs()) as u64);
    let elements = rows as u64 * columns;
    let [outputs, targets, gradients, losses] = buffers;
    let [outputs, targets, gradients] =
        [outputs, targets, gradients].map(|buffer| Span::new(buffer, 0, elements));
    let dy = network.gpu.buffer("one over the number of rows", &vec![1.0 / rows as f32; rows]);
    let cross_entropy = CrossEntropy::with_probabilities(Axis::last(columns));
    let loss = kernels.cross_entropy(Targets::Probabilities, Storage::F32)?;
    let gradient = kernels.cross_entropy_backward(Targets::Probabilities, Storage::F32)?;
    Ok(LossWork::Steps(vec![
        loss.bind(cross_entropy, [outputs, targets], Span::all(losses))?,
        gradient.bind(cross_entropy, [outputs, targets, Span::all(&dy)], gradients)?,
    ]))
}
