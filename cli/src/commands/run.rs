//! `run`: forward and backward over tensors in files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail, ensure};
use clap::Args;
use wgpu_activations::half::f16;
use wgpu_activations::{Activation, Element, Gpu, GpuBuffer, Storage};

use crate::adapter::{self, Selection};
use crate::files::{self, Content, Target};
use crate::npy::{self, Tensor};
use crate::terminal::{self, Table};

/// An activation over a tensor in NumPy's format: forward, backward, or both, with a summary of every tensor.
///
/// Any shape; it is kept. f32, f16, or f64, which is converted to f32. Results are of the input's type. Nothing is written unless everything worked.
/// Without any output, the summary is all.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The activation: `relu`, `leaky_relu`, `leaky_relu(negative_slope=0.2)`; `list` shows all
    name: String,

    /// The input x (with --from-output: the output y)
    #[arg(long, value_name = "X.npy")]
    input: PathBuf,

    /// Forward: write y = f(x) here
    #[arg(long, value_name = "Y.npy", conflicts_with = "from_output")]
    output: Option<PathBuf>,

    /// The gradient dy that arrives at the output, of the input's shape
    #[arg(long, value_name = "DY.npy")]
    grad: Option<PathBuf>,

    /// Backward: write dx = f'(x) dy here
    #[arg(long, value_name = "DX.npy", requires = "grad")]
    grad_output: Option<PathBuf>,

    /// Write the gradient of the first learnable parameter, summed over all elements, here
    #[arg(long, value_name = "DW.npy", requires = "grad", conflicts_with = "from_output")]
    weight_grad_output: Option<PathBuf>,

    /// A parameter's value; may be given several times
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parse_parameter)]
    parameters: Vec<(String, f32)>,

    /// The input is the output y of an earlier forward: backward without x
    #[arg(long, requires = "grad")]
    from_output: bool,
}

fn parse_parameter(text: &str) -> Result<(String, f32), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    let value = value.trim().parse().map_err(|_| format!("{value:?} is no number"))?;
    Ok((key.trim().to_owned(), value))
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    let activation = arguments.activation()?;
    let inputs = Inputs::read(arguments)?;
    let targets = Targets::new(arguments)?;
    let gpu = selection.open()?;
    let results = arguments.compute(&gpu, activation, &inputs)?;
    targets.write(&results)?;
    terminal::print(&render(&gpu, activation, &inputs, &results, &targets))?;
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// The activation, checked for what is asked of it.
    fn activation(&self) -> Result<Activation> {
        let activation: Activation = with_parameters(&self.name, &self.parameters)?.parse()?;
        if self.from_output {
            activation.check_from_output()?;
        }
        let kind = activation.kind();
        if self.weight_grad_output.is_some() && kind.learnable().len() == 0 {
            bail!("{kind} has no parameter to learn, so there is nothing for --weight-grad-output");
        }
        Ok(activation)
    }

    /// Where no output is asked for, the summary shows the forward.
    fn wants_forward(&self) -> bool {
        let others = self.grad_output.is_some() || self.weight_grad_output.is_some() || self.from_output;
        self.output.is_some() || !others
    }

    /// A gradient that is given is used, if only for the summary.
    fn wants_backward(&self) -> bool {
        self.grad_output.is_some() || self.grad.is_some() && self.weight_grad_output.is_none()
    }

    /// In the storage type of the input's file.
    fn compute(&self, gpu: &Gpu, activation: Activation, inputs: &Inputs) -> Result<Results> {
        match inputs.input.storage {
            Storage::F16 => self.compute_in::<f16>(gpu, activation, inputs),
            _ => self.compute_in::<f32>(gpu, activation, inputs),
        }
    }

    fn compute_in<T: Element>(&self, gpu: &Gpu, activation: Activation, inputs: &Inputs) -> Result<Results> {
        let upload = |tensor: &Tensor| {
            gpu.upload(&tensor.values.iter().map(|value| T::from_f32(*value)).collect::<Vec<T>>())
        };
        let read = |buffer: &GpuBuffer<T>| -> Result<Tensor> {
            let values = gpu.read_blocking(buffer)?.into_iter().map(T::to_f32).collect();
            Ok(inputs.input.with_values(values))
        };
        let input = upload(&inputs.input)?;
        let mut results = Results::default();
        if self.wants_forward() {
            let y = gpu.forward(activation, &input)?;
            results.y = Some(read(&y)?);
        }
        let Some(dy) = &inputs.dy else { return Ok(results) };
        let dy = upload(dy)?;
        if self.wants_backward() {
            let dx = match self.from_output {
                true => gpu.backward_from_output(activation, &input, &dy)?,
                false => gpu.backward(activation, &input, &dy)?,
            };
            results.dx = Some(read(&dx)?);
        }
        if self.weight_grad_output.is_some() {
            let dw = gpu.parameter_gradient(activation, 0, &input, &dy)?;
            results.dw = Some(Tensor::single(gpu.read_blocking(&dw)?));
        }
        Ok(results)
    }
}

/// Adds `--param`s to those that the name may already bear, as text: the library reads it, and so its errors are the same.
fn with_parameters(name: &str, parameters: &[(String, f32)]) -> Result<String> {
    let (name, given) = match name.trim().split_once('(') {
        None => (name.trim(), ""),
        Some((kind, rest)) => match rest.strip_suffix(')') {
            None => return Ok(name.to_owned()),
            Some(given) => (kind, given),
        },
    };
    let given = given.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
    let added = parameters.iter().map(|(key, value)| format!("{key}={value}"));
    let all: Vec<String> = given.chain(added).collect();
    let key = |part: &String| part.split('=').next().unwrap_or_default().trim().to_owned();
    for (index, part) in all.iter().enumerate() {
        ensure!(all[..index].iter().all(|earlier| key(earlier) != key(part)), "{} is given twice", key(part));
    }
    if all.is_empty() { Ok(name.to_owned()) } else { Ok(format!("{name}({})", all.join(", "))) }
}

/// The tensors from files, of one shape and one order of axes.
struct Inputs {
    /// What the input is called: x, or y with `--from-output`.
    name: &'static str,
    input: Tensor,
    dy: Option<Tensor>,
}

impl Inputs {
    fn read(arguments: &Arguments) -> Result<Self> {
        let name = if arguments.from_output { "y" } else { "x" };
        let input = read(&arguments.input)?;
        let dy = arguments.grad.as_deref().map(read).transpose()?;
        if let Some(dy) = &dy {
            ensure!(
                dy.shape == input.shape,
                "the shapes differ: {name} is {}, dy is {}",
                input.shape_text(),
                dy.shape_text()
            );
            ensure!(
                dy.storage == input.storage,
                "the types differ: {name} is {}, dy is {}: convert one of them",
                input.storage,
                dy.storage
            );
        }
        let order = input.order;
        Ok(Self { name, input, dy: dy.map(|dy| dy.in_order(order)) })
    }
}

fn read(path: &Path) -> Result<Tensor> {
    let loaded = npy::read(path)?;
    loaded.notes.iter().for_each(|note| terminal::note(note));
    Ok(loaded.tensor)
}

#[derive(Default)]
struct Results {
    y: Option<Tensor>,
    dx: Option<Tensor>,
    dw: Option<Tensor>,
}

struct Targets {
    y: Option<Target>,
    dx: Option<Target>,
    dw: Option<Target>,
}

impl Targets {
    fn new(arguments: &Arguments) -> Result<Self> {
        let targets = Self {
            y: Target::of(arguments.output.as_deref())?,
            dx: Target::of(arguments.grad_output.as_deref())?,
            dw: Target::of(arguments.weight_grad_output.as_deref())?,
        };
        files::check_distinct([&targets.y, &targets.dx, &targets.dw].into_iter().flatten())?;
        Ok(targets)
    }

    fn write(&self, results: &Results) -> Result<()> {
        let pairs = [(&self.y, &results.y), (&self.dx, &results.dx), (&self.dw, &results.dw)];
        let files: Vec<(&Target, Box<Content<'_>>)> = pairs
            .into_iter()
            .filter_map(|(target, tensor)| target.as_ref().zip(tensor.as_ref()))
            .map(|(target, tensor)| {
                let content: Box<Content<'_>> = Box::new(|out| npy::write(tensor, out));
                (target, content)
            })
            .collect();
        files::write(&files)
    }
}

fn render(
    gpu: &Gpu,
    activation: Activation,
    inputs: &Inputs,
    results: &Results,
    targets: &Targets,
) -> String {
    let tensors: Vec<(&str, &Tensor)> = [
        (inputs.name, Some(&inputs.input)),
        ("dy", inputs.dy.as_ref()),
        ("y", results.y.as_ref()),
        ("dx", results.dx.as_ref()),
        ("dw", results.dw.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, tensor)| Some((name, tensor?)))
    .collect();
    let adapter = adapter::describe(&adapter::report(gpu.adapter_info()));
    let mut text = terminal::wrap("", &format!("{activation} on {adapter}"));
    text.push('\n');
    text += &table(&tensors);
    for (name, tensor) in tensors {
        let nans = tensor.values.iter().filter(|value| value.is_nan()).count() as u64;
        if nans > 0 {
            text += &format!(
                "{name} holds {} NaN: min, mean and max leave them out\n",
                terminal::thousands(nans)
            );
        }
    }
    for (name, target) in [("y", &targets.y), ("dx", &targets.dx), ("dw", &targets.dw)] {
        if let Some(target) = target {
            text += &format!("{name} written to {target}\n");
        }
    }
    text
}

/// Long shapes leave room for fewer of the first values.
fn table(tensors: &[(&str, &Tensor)]) -> String {
    let with = |values: usize| {
        let mut table = Table::new(&["", "shape", "min", "mean", "max", "zeros", "first values"]);
        for (name, tensor) in tensors {
            table.row(summary(name, tensor, values), terminal::PLAIN);
        }
        table
    };
    (1..=4).rev().map(with).find(Table::fits).unwrap_or_else(|| with(0)).render()
}

/// A row of the table: statistics, and the first values as a sample.
fn summary(name: &str, tensor: &Tensor, first: usize) -> Vec<String> {
    let numbers = || tensor.values.iter().map(|&value| f64::from(value)).filter(|value| !value.is_nan());
    let count = numbers().count();
    let of_any = |value: f64| if count == 0 { "-".to_owned() } else { terminal::number(value) };
    let zeros = numbers().filter(|&value| value == 0.0).count() as f64 / tensor.values.len() as f64;
    let first = tensor.values.iter().take(first).map(|&value| terminal::number(f64::from(value)));
    vec![
        name.to_owned(),
        tensor.shape_text(),
        of_any(numbers().fold(f64::INFINITY, f64::min)),
        of_any(numbers().sum::<f64>() / count as f64),
        of_any(numbers().fold(f64::NEG_INFINITY, f64::max)),
        if tensor.values.is_empty() { "-".to_owned() } else { format!("{:.1} %", 100.0 * zeros) },
        first.collect::<Vec<_>>().join(", "),
    ]
}
