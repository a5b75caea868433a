//! The network and its training. Three rows go through it for each point: the point, and its derivatives by the two coordinates. The
//! matrices do the same to all three; an activation f makes of a value z and its derivatives a and b
//!
//! ```text
//! h = f(z + bias), u = f'(z + bias) a, v = f'(z + bias) b
//! ```
//!
//! That is one formula, [`layer_formula`], and so is what goes back through it, in which f'' stands.

use anyhow::Result;
use wgpu_activations::{Activation, Channels, Formula, Kernels, Operand, Span, Step, Storage, wgpu};

use super::common::gpu::{Gpu, Work};
use super::common::product::{self, Product, TILE, padded};
use super::curve::{self, Point, Sample};

/// A point and its two derivatives.
const KINDS: usize = 3;

/// What one point has to say, of the circle's distance c with its gradient (d, e), and of what the network adds to them, s and (p, q):
/// on the curve the sum is 0 and its gradient the normal (m, n), elsewhere that has the length 1. The square of a value counts for more: a
/// distance of 0.1 is much, a length that is off by 0.1 is not.
const LOSS: &str = "loss = on * (100 * (s + bias[] + c)^2 + (u - m)^2 + (v - n)^2) \
    + (1 - on) * (sqrt(u^2 + v^2 + 1e-8) - 1)^2 where u = p + d, v = q + e";

/// Adam's, without the correction of the first steps.
const ADAM: &str = "w = w - rate * mean / (sqrt(power) + 1e-8); m = mean; v = power \
    where mean = 0.9 * m + 0.1 * g, power = 0.99 * v + 0.01 * g^2 with rate = 0.001";

/// A matrix or a bias, its gradient, and the two means of its optimiser.
struct Tensor {
    values: wgpu::Buffer,
    gradient: wgpu::Buffer,
    moments: [wgpu::Buffer; 2],
}

struct Layer {
    inputs: usize,
    outputs: usize,
    weights: Tensor,
    bias: Tensor,
}

pub(crate) struct Network {
    gpu: Gpu,
    kernels: Kernels,
    matmul: wgpu::ComputePipeline,
    layer: Formula,
    layers: Vec<Layer>,
}

/// A value of the network.
pub(crate) struct Field {
    pub(crate) distance: f32,
    pub(crate) gradient: Point,
}

impl Network {
    pub(crate) fn new(gpu: &Gpu, activation: Activation, width: usize) -> Result<Self> {
        let mut rng = fastrand::Rng::with_seed(2);
        let sizes = [2, width, width, 1];
        let layers = sizes.windows(2).map(|sizes| Layer::new(gpu, sizes[0], sizes[1], &mut rng)).collect();
        Ok(Self {
            gpu: gpu.clone(),
            kernels: Kernels::new(&gpu.device),
            matmul: product::pipeline(gpu, product::NO_EPILOGUE),
            layer: layer_formula(activation)?,
            layers,
        })
    }

    /// Values and gradients at these points.
    pub(crate) fn evaluate(&self, points: &[Point]) -> Result<Vec<Field>> {
        let pass = Forward::new(self, points)?;
        self.gpu.submit(|compute| pass.record(compute));
        let last = &self.layers[self.layers.len() - 1];
        let bias = self.gpu.read::<f32>(&last.bias.values)?[0];
        let rows = self.gpu.read::<f32>(&pass.matrices[self.layers.len()])?;
        let at = |kind: usize, point: usize| rows[(kind * pass.points + point) * padded(1)];
        let field = |(index, point): (usize, &Point)| {
            let (distance, [x, y]) = curve::circle(*point);
            Field { distance: distance + at(0, index) + bias, gradient: [x + at(1, index), y + at(2, index)] }
        };
        Ok(points.iter().enumerate().map(field).collect())
    }

    fn bind(&self, formula: &Formula, operands: &[(&str, Operand<'_>)]) -> Result<Step> {
        Ok(self.kernels.formula(formula, Storage::F32)?.bind(operands)?)
    }
}

/// `h = tanh(z + bias[c]); u = tanh_backward(z + bias[c], a); v = tanh_backward(z + bias[c], b)`
fn layer_formula(activation: Activation) -> Result<Formula> {
    let name = activation.kind().name();
    let values: String = activation.parameters().iter().map(|value| format!(", {value}")).collect();
    let slope = |tangent: &str| format!("{name}_backward(z + bias[c], {tangent}{values})");
    Ok(format!("h = {name}(z + bias[c]{values}); u = {}; v = {}", slope("a"), slope("b")).parse()?)
}

impl Tensor {
    fn new(gpu: &Gpu, label: &str, values: &[f32]) -> Self {
        let zeros = || gpu.zeros(label, values.len());
        Self { values: gpu.buffer(label, values), gradient: zeros(), moments: [zeros(), zeros()] }
    }

    fn update(&self, network: &Network, formula: &Formula) -> Result<Step> {
        let all = |buffer| Span::all(buffer).into();
        let [m, v] = [0, 1].map(|index| all(&self.moments[index]));
        network.bind(formula, &[("w", all(&self.values)), ("g", all(&self.gradient)), ("m", m), ("v", v)])
    }
}

impl Layer {
    /// Uniform, of Glorot's variance; those of the coordinates larger, for the curve has finer detail than they are long, and the last ones
    /// smaller, which begins with the circle.
    fn new(gpu: &Gpu, inputs: usize, outputs: usize, rng: &mut fastrand::Rng) -> Self {
        let gain = if inputs == 2 {
            3.0
        } else if outputs == 1 {
            0.1
        } else {
            1.0
        };
        let limit = gain * (3.0 / inputs as f32).sqrt();
        let mut weights = vec![0.0; padded(inputs) * padded(outputs)];
        for row in weights.chunks_mut(padded(outputs)).take(inputs) {
            row[..outputs].fill_with(|| limit * (2.0 * rng.f32() - 1.0));
        }
        let mut bias = vec![0.0; padded(outputs)];
        if outputs > 1 {
            bias[..outputs].fill_with(|| gain * (2.0 * rng.f32() - 1.0));
        }
        Self {
            inputs: padded(inputs),
            outputs: padded(outputs),
            weights: Tensor::new(gpu, "weights", &weights),
            bias: Tensor::new(gpu, "bias", &bias),
        }
    }

    fn channels<'a>(&self, buffer: &'a wgpu::Buffer) -> Operand<'a> {
        Operand::channels(Span::all(buffer), Channels::new(self.outputs as u64, 1))
    }
}

/// The way through the network for so many points.
struct Forward {
    /// In whole tiles.
    points: usize,
    /// The inputs of each layer, and the last one's outputs: a row for each point, then those of its derivatives.
    matrices: Vec<wgpu::Buffer>,
    /// Before each hidden activation.
    before: Vec<wgpu::Buffer>,
    products: Vec<Work>,
    activations: Vec<Step>,
}

impl Forward {
    fn new(network: &Network, points: &[Point]) -> Result<Self> {
        let (gpu, count) = (&network.gpu, points.len().next_multiple_of(TILE));
        let mut inputs = vec![0.0; KINDS * count * TILE];
        for (row, point) in inputs.chunks_mut(TILE).zip(points) {
            row[..2].copy_from_slice(point);
        }
        for coordinate in 0..2 {
            let rows = inputs[(1 + coordinate) * count * TILE..].chunks_mut(TILE);
            rows.take(points.len()).for_each(|row| row[coordinate] = 1.0);
        }
        let zeros = |layer: &Layer| gpu.zeros("rows", KINDS * count * layer.outputs);
        let matrices: Vec<wgpu::Buffer> =
            std::iter::once(gpu.buffer("points", &inputs)).chain(network.layers.iter().map(zeros)).collect();
        let hidden = network.layers.len() - 1;
        let before: Vec<wgpu::Buffer> = network.layers[..hidden].iter().map(zeros).collect();
        let mut pass =
            Self { points: count, matrices, before, products: Vec::new(), activations: Vec::new() };
        for (index, layer) in network.layers.iter().enumerate() {
            let to = pass.before.get(index).unwrap_or(&pass.matrices[index + 1]);
            let product = Product {
                rows: KINDS * count,
                columns: layer.outputs,
                terms: layer.inputs,
                a_columns: layer.inputs,
                b_columns: layer.outputs,
                a_transposed: false,
                b_transposed: false,
                ones: None,
            };
            let buffers = [&pass.matrices[index], &layer.weights.values, to];
            pass.products.push(product.work(
                gpu,
                &network.matmul,
                buffers.map(wgpu::Buffer::as_entire_binding),
            ));
        }
        for (index, layer) in network.layers[..hidden].iter().enumerate() {
            let step = network.bind(&network.layer, &pass.hidden(index, layer))?;
            pass.activations.push(step);
        }
        Ok(pass)
    }

    /// A hidden layer's operands and results, by the names of its formula.
    fn hidden<'a>(&'a self, index: usize, layer: &'a Layer) -> Vec<(&'static str, Operand<'a>)> {
        let before = self.kinds(&self.before[index], layer);
        let after = self.kinds(&self.matrices[index + 1], layer);
        let named = ["z", "a", "b"].into_iter().zip(before).chain(["h", "u", "v"].into_iter().zip(after));
        named.chain([("bias", layer.channels(&layer.bias.values))]).collect()
    }

    /// Points, and their derivatives by each coordinate.
    fn kinds<'a>(&self, buffer: &'a wgpu::Buffer, layer: &Layer) -> [Operand<'a>; KINDS] {
        let elements = (self.points * layer.outputs) as u64;
        [0, 1, 2].map(|kind| Span::new(buffer, 4 * kind * elements, elements).into())
    }

    fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        for (index, product) in self.products.iter().enumerate() {
            product.record(pass);
            if let Some(activation) = self.activations.get(index) {
                activation.record(pass);
            }
        }
    }
}

/// Something that is known of a point.
type Known<'a> = &'a dyn Fn(&Sample) -> f32;

/// A network with all that its training needs.
pub(crate) struct Training<'a> {
    network: &'a Network,
    forward: Forward,
    losses: wgpu::Buffer,
    points: usize,
    loss: Step,
    /// In the order in which they are recorded.
    backward: Vec<Recorded>,
}

/// A kernel of the library, or one of the example's own.
enum Recorded {
    Step(Step),
    Work(Work),
}

impl<'a> Training<'a> {
    pub(crate) fn new(network: &'a Network, samples: &[Sample]) -> Result<Self> {
        let gpu = &network.gpu;
        let places: Vec<Point> = samples.iter().map(|sample| sample.at).collect();
        let forward = Forward::new(network, &places)?;
        let count = forward.points;
        // What is known of the points, a row for each name; in one buffer, for a device may allow only 8.
        let known: [(&str, Known<'_>); 7] = [
            ("on", &|sample| if sample.normal.is_some() { 1.0 } else { 0.0 }),
            ("m", &|sample| sample.normal.unwrap_or_default()[0]),
            ("n", &|sample| sample.normal.unwrap_or_default()[1]),
            ("c", &|sample| curve::circle(sample.at).0),
            ("d", &|sample| curve::circle(sample.at).1[0]),
            ("e", &|sample| curve::circle(sample.at).1[1]),
            // What arrives at each loss: of their mean, a share.
            ("dloss", &|_| 1.0 / samples.len() as f32),
        ];
        let mut values = Vec::new();
        for (_, of) in known {
            values.extend(samples.iter().map(of));
            values.resize(values.len().next_multiple_of(count), 0.0);
        }
        let rows = gpu.buffer("known", &values);
        let known = (0..).zip(known).map(|(row, (name, _))| {
            let elements = count as u64;
            (name, Span::new(&rows, 4 * row * elements, elements).into())
        });
        let losses = gpu.zeros("losses", count);
        let gradients: Vec<wgpu::Buffer> = network
            .layers
            .iter()
            .map(|layer| gpu.zeros("gradients", KINDS * count * layer.outputs))
            .collect();

        let last = network.layers.len() - 1;
        let (of, at) = (&forward.matrices[last + 1], &gradients[last]);
        let [s, p, q] = [0, 1, 2].map(|kind| first_column(of, kind, count));
        let bias = &network.layers[last].bias;
        let single = |buffer| Operand::single(Span::new(buffer, 0, 1));
        let mut operands = vec![("s", s), ("p", p), ("q", q), ("bias", single(&bias.values))];
        operands.extend(known);
        let loss: Formula = LOSS.parse()?;
        let results = [("loss", Span::all(&losses).into())];
        let value = network.bind(&loss, &reading(&loss, &operands, &results))?;

        let mut backward = Vec::new();
        let [ds, dp, dq] = [0, 1, 2].map(|kind| first_column(at, kind, count));
        let by_outputs = [("ds", ds), ("dp", dp), ("dq", dq), ("dbias", single(&bias.gradient))];
        for gradient in loss.backward(&["s", "p", "q", "bias"])? {
            let step = network.bind(&gradient, &reading(&gradient, &operands, &by_outputs))?;
            backward.push(Recorded::Step(step));
        }
        let mut training = Self { network, forward, losses, points: samples.len(), loss: value, backward };
        for index in (0..network.layers.len()).rev() {
            training.go_back_through(index, &gradients)?;
        }
        Ok(training)
    }

    /// A layer's products, and of the hidden layer below what goes on through its activation.
    fn go_back_through(&mut self, index: usize, gradients: &[wgpu::Buffer]) -> Result<()> {
        let Network { gpu, matmul, layers, layer: formula, .. } = self.network;
        let (layer, rows) = (&layers[index], KINDS * self.forward.points);
        let all = wgpu::Buffer::as_entire_binding;
        let by_weights = Product {
            rows: layer.inputs,
            columns: layer.outputs,
            terms: rows,
            a_columns: layer.inputs,
            b_columns: layer.outputs,
            a_transposed: true,
            b_transposed: false,
            ones: None,
        };
        let buffers = [&self.forward.matrices[index], &gradients[index], &layer.weights.gradient];
        self.backward.push(Recorded::Work(by_weights.work(gpu, matmul, buffers.map(all))));
        let Some(below) = index.checked_sub(1) else { return Ok(()) };
        let by_inputs = Product {
            rows,
            columns: layer.inputs,
            terms: layer.outputs,
            a_columns: layer.outputs,
            b_columns: layer.outputs,
            a_transposed: false,
            b_transposed: true,
            ones: None,
        };
        let buffers = [&gradients[index], &layer.weights.values, &gradients[below]];
        self.backward.push(Recorded::Work(by_inputs.work(gpu, matmul, buffers.map(all))));

        // What arrives at value and derivatives, over which the gradients are written.
        let arriving = self.forward.kinds(&gradients[below], &layers[below]);
        let [dh, du, dv] = arriving;
        let mut results = vec![("dh", dh), ("du", du), ("dv", dv), ("dz", dh), ("da", du), ("db", dv)];
        results.push(("dbias", layers[below].channels(&layers[below].bias.gradient)));
        let operands = self.forward.hidden(below, &layers[below]);
        let elementwise = formula.backward(&["z", "a", "b"])?.swap_remove(0);
        // A bias is added to the value alone: its gradient is the sum of that.
        for gradient in [elementwise, "dbias[c] = dz".parse()?] {
            let step = self.network.bind(&gradient, &reading(&gradient, &operands, &results))?;
            self.backward.push(Recorded::Step(step));
        }
        Ok(())
    }

    /// So many steps at this rate.
    pub(crate) fn run(&self, rate: f32, steps: usize) -> Result<()> {
        let adam: Formula = ADAM.parse::<Formula>()?.with("rate", rate)?;
        let tensors = self.network.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]);
        let updates = tensors.map(|tensor| tensor.update(self.network, &adam)).collect::<Result<Vec<_>>>()?;
        let mut submission = None;
        for _ in 0..steps {
            submission = Some(self.network.gpu.submit(|pass| {
                self.forward.record(pass);
                self.backward.iter().for_each(|recorded| recorded.record(pass));
                updates.iter().for_each(|update| update.record(pass));
            }));
        }
        submission.map_or(Ok(()), |submission| self.network.gpu.wait(submission))
    }

    /// The mean loss. Waits for it.
    pub(crate) fn loss(&self) -> Result<f64> {
        self.network.gpu.submit(|pass| {
            self.forward.record(pass);
            self.loss.record(pass);
        });
        let losses = self.network.gpu.read::<f32>(&self.losses)?;
        let sum: f64 = losses[..self.points].iter().copied().map(f64::from).sum();
        Ok(sum / self.points as f64)
    }
}

impl Recorded {
    fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        match self {
            Self::Step(step) => step.record(pass),
            Self::Work(work) => work.record(pass),
        }
    }
}

/// The first column of a matrix whose rows are a tile wide.
fn first_column(buffer: &wgpu::Buffer, kind: u64, points: usize) -> Operand<'_> {
    let row = 4 * TILE as u64;
    Span::rows(buffer, kind * points as u64 * row, row, 1, points as u64).into()
}

/// Those of the operands that a formula reads, and those of the results that it writes.
fn reading<'a>(
    formula: &Formula,
    operands: &[(&'static str, Operand<'a>)],
    results: &[(&'static str, Operand<'a>)],
) -> Vec<(&'static str, Operand<'a>)> {
    let all = operands.iter().chain(results).copied();
    all.filter(|(name, _)| formula.reads(name) || formula.result_names().any(|result| result == *name))
        .collect()
}
