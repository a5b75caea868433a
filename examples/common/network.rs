//! A multilayer perceptron on the GPU. This is where the library comes in: [`Batch::bind_activations`] binds its kernels
//! to the network's buffers once, and [`Batch::record_forward`] and [`Batch::record_backward`] record them between the
//! application's own matrix multiplications, into the application's own pass.

use std::num::NonZeroU64;

use anyhow::Result;
use wgpu_activations::{Activation, Error, Kernels, Span, Step, Storage, wgpu};

use super::gpu::{Gpu, Work};
use super::product::{self, BLOCK, Product, TILE, padded};

/// Tensors in one buffer begin where every device allows a binding to begin.
const ALIGNMENT: u64 = 256;

/// All weights of a network in one buffer, their gradients in another of the same layout.
pub(crate) struct Network {
    pub(crate) gpu: Gpu,
    kernels: Kernels,
    matmul: wgpu::ComputePipeline,
    layers: Vec<Layer>,
    /// One for each hidden layer.
    pub(crate) activations: Vec<Activation>,
    pub(crate) weights: wgpu::Buffer,
    pub(crate) gradients: wgpu::Buffer,
    /// The gradients of the activations' learnable parameters, layer by layer.
    pub(crate) parameter_gradients: wgpu::Buffer,
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

    fn binding<'a>(&self, buffer: &'a wgpu::Buffer) -> wgpu::BindingResource<'a> {
        let size = NonZeroU64::new(4 * self.weights() as u64);
        wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: self.byte_offset, size })
    }
}

impl Network {
    /// Layers of these sizes, the inputs first, with `activation` between them. The same seed gives the same weights.
    pub(crate) fn new(gpu: &Gpu, sizes: &[usize], activation: Activation, seed: u64) -> Self {
        let mut end = 0;
        let layers: Vec<Layer> = sizes
            .windows(2)
            .map(|pair| {
                let layer = Layer { inputs: pair[0], outputs: pair[1], byte_offset: end };
                end = (end + 4 * layer.weights() as u64).next_multiple_of(ALIGNMENT);
                layer
            })
            .collect();
        let hidden = layers.len() - 1;
        let learnable = hidden * activation.kind().learnable().len();
        Self {
            gpu: gpu.clone(),
            kernels: Kernels::new(&gpu.device),
            matmul: product::pipeline(gpu, product::NO_EPILOGUE),
            activations: vec![activation; hidden],
            weights: gpu.buffer("weights", &initial_weights(&layers, activation, seed)),
            gradients: gpu.zeros("gradients", (end / 4) as usize),
            parameter_gradients: gpu.zeros("gradients of parameters", learnable.max(1)),
            layers,
        }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    pub(crate) fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }
}

/// Uniform, of He's variance (2 / inputs) where the activation goes on rising, of Glorot's for layers of one width
/// (1 / inputs) where it levels off. Biases as PyTorch draws them.
fn initial_weights(layers: &[Layer], activation: Activation, seed: u64) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let levels_off = activation.exact(1e6).value.abs() < 1e3;
    let variance = if levels_off { 1.0 } else { 2.0 };
    let end = layers.last().map_or(0, |layer| layer.byte_offset as usize / 4 + layer.weights());
    let mut values = vec![0.0; end.next_multiple_of(ALIGNMENT as usize / 4)];
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

/// What a network computes for a number of rows at once, and the buffers in between.
pub(crate) struct Batch {
    pub(crate) rows: usize,
    pub(crate) inputs: wgpu::Buffer,
    pub(crate) targets: wgpu::Buffer,
    pub(crate) outputs: wgpu::Buffer,
    /// Each row's share of the loss: their sum is the mean loss.
    pub(crate) losses: wgpu::Buffer,
    pub(crate) hidden: Vec<Hidden>,
    layers: Vec<LayerWork>,
    activations: Vec<ActivationSteps>,
    loss: Work,
}

/// The values at a hidden layer's activation.
pub(crate) struct Hidden {
    pub(crate) x: wgpu::Buffer,
    y: wgpu::Buffer,
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
    backward: Step,
    parameter_gradients: Vec<Step>,
}

impl Batch {
    /// `inputs` and `targets` hold the rows, in whole tiles as a [`Dataset`](super::training::Dataset) has them. `loss` is the WGSL of the loss.
    pub(crate) fn new(
        network: &Network,
        rows: usize,
        inputs: wgpu::Buffer,
        targets: wgpu::Buffer,
        loss: &str,
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
        let loss = loss_work(network, rows, loss, [&outputs, &targets, &output_gradient, &losses]);
        let mut batch =
            Self { rows, inputs, targets, outputs, losses, hidden, layers, activations: Vec::new(), loss };
        batch.bind_activations(network)?;
        Ok(batch)
    }

    /// Prepares the library's steps: once, and again only if parameters of an activation have changed.
    pub(crate) fn bind_activations(&mut self, network: &Network) -> Result<(), Error> {
        let Network { kernels, parameter_gradients, .. } = network;
        let bind = |(layer, (hidden, &activation)): (usize, (&Hidden, &Activation))| {
            let kind = activation.kind();
            let [x, y, gradient] = [&hidden.x, &hidden.y, &hidden.gradient].map(Span::all);
            let learnable = kind.learnable().len();
            let parameter_gradient = |index| {
                let at = Span::new(parameter_gradients, 4 * (layer * learnable + index) as u64, 1);
                kernels.parameter_gradient(kind, index, Storage::F32)?.bind(activation, [x, gradient], at)
            };
            Ok(ActivationSteps {
                forward: kernels.forward(kind, Storage::F32)?.bind(activation, [x], y)?,
                // In place: the gradient by y becomes the gradient by x.
                backward: kernels.backward(kind, Storage::F32)?.bind(activation, [x, gradient], gradient)?,
                parameter_gradients: (0..learnable).map(parameter_gradient).collect::<Result<_, Error>>()?,
            })
        };
        let layers = self.hidden.iter().zip(&network.activations).enumerate();
        self.activations = layers.map(bind).collect::<Result<_, Error>>()?;
        Ok(())
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
                // They need dy, which the backward step replaces.
                activation.parameter_gradients.iter().for_each(|step| step.record(pass));
                activation.backward.record(pass);
            }
            layer.weight_gradient.record(pass);
            if let Some(input_gradient) = &layer.input_gradient {
                input_gradient.record(pass);
            }
        }
    }

    /// The mean loss of what was computed last. Waits for it.
    pub(crate) fn read_loss(&self, gpu: &Gpu) -> Result<f64> {
        Ok(gpu.read::<f32>(&self.losses)?.into_iter().map(f64::from).sum())
    }
}

/// The three products of a layer. The bias is one more row of weights, for an input that is always 1.
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
    let forward = Product {
        rows,
        columns: outputs,
        terms: inputs + BLOCK, // one block more, for the bias
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

fn loss_work(network: &Network, rows: usize, loss: &str, buffers: [&wgpu::Buffer; 4]) -> Work {
    let gpu = &network.gpu;
    let source = include_str!("shaders/loss.wgsl").to_owned() + loss;
    let pipeline = gpu.compute(&gpu.module("loss", &source), "loss");
    let shape =
        gpu.uniform("shape", &[rows as u32, network.outputs() as u32, padded(network.outputs()) as u32, 0]);
    let [outputs, targets, gradients, losses] = buffers.map(wgpu::Buffer::as_entire_binding);
    gpu.work(&pipeline, &[shape.as_entire_binding(), outputs, targets, gradients, losses], rows)
}
