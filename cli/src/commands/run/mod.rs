//! `run`: forward and backward over tensors in files.

mod broadcast;
mod elementwise;
mod formula;
mod gated;
pub(in crate::commands) mod letters;
mod options;
mod pieces;
mod results;
mod softmax;
mod summary;

use std::cell::Cell;
use std::marker::PhantomData;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use npyz::Order;
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Element, Formula, Gate, Gpu, GpuBuffer, Storage};

use crate::adapter::{self, Selection};
use crate::functions::Functions;
use crate::named::{explained, module, parse_storage};
use crate::tensor::{Loaded, Reader, Source, Tensor, Wanted, shape_text};
use crate::terminal;
use elementwise::Elementwise;
use gated::{Gated, Layout, OrderName};
use options::Family;
use pieces::{Part, Whole};
use results::{Destination, destinations};
use softmax::Rows;
use summary::Summary;

/// An activation, a gated function or a formula over tensors in NumPy's format or safetensors: forward, backward, or both, with a
/// summary of every tensor.
///
/// Any shape; it is kept (packed gates: y has half the dimension that is split). f32, f16, bf16, or f64, which is converted to f32.
/// y and gradients of its shape are of the input's type; what is one for each row, or summed over elements (of logsumexp, cross_entropy and
/// --weight-grad-output, and a formula's sums), is f32. A tensor of several in a file: `model.safetensors:layer.0.up`; an output there leaves the others as
/// they are. Nothing is written unless everything worked: on an error or an
/// interrupt, files are what they were. An activation whose parameters come from no file, or a gate, goes through files of
/// any size, in pieces; whatever else has to fit into a buffer of the device.
/// Without any output, the summary is all.
#[derive(Args, Clone)]
pub(crate) struct Arguments {
    /// The activation: `relu`, `leaky_relu`, `leaky_relu(negative_slope=0.2)`; a gate: `swiglu`; `list` shows all. Or `softmax`,
    /// `log_softmax`, `softmin`, `gumbel_softmax`, `hardmax`, `sparsemax`, `logsumexp` or `cross_entropy`, along --dim. Or a formula: `gelu_erf(x + b[c]) * g`
    name: String,

    #[command(flatten)]
    functions: Functions,

    /// The input x (with --from-output: the output y); of a formula, the first operand that has no --operand
    #[arg(long, value_name = "X.npy", required_unless_present = "operands")]
    input: Option<PathBuf>,

    /// An operand of a formula: `--operand x=x.npy --operand b=b.npy`
    #[arg(long = "operand", value_name = "NAME=FILE.npy", conflicts_with_all = options::not_with(options::FORMULAS))]
    operands: Vec<String>,

    /// Which dimension of the operands a letter in brackets stands for, counted from the end where negative: `c=-1`; or several
    /// that are neighbours: `r=0:1`
    #[arg(long, value_name = "LETTER=DIM", conflicts_with_all = options::not_with(options::FORMULAS))]
    channels: Vec<String>,

    /// A formula with functions of the table in the place of forms that lose digits, log(1 + exp(u)) and the like
    #[arg(long, conflicts_with_all = options::not_with(options::FORMULAS))]
    stable: bool,

    /// What a formula's dropout draws by, or gumbel_softmax's noise
    #[arg(long, value_name = "N", conflicts_with = "from_output", conflicts_with_all = options::not_with(options::DRAWING))]
    seed: Option<u64>,

    /// Of gumbel_softmax: y is 1 at the largest element and 0 elsewhere, and dx that of the soft form
    #[arg(long, requires = "seed", conflicts_with = "from_output")]
    hard: bool,

    /// Forward: write y = f(x) here; of a formula with several results, `NAME=FILE` for each
    #[arg(long, value_name = "Y.npy", conflicts_with = "from_output")]
    output: Vec<String>,

    /// The gradient dy that arrives at the output, of the input's shape; of logsumexp and cross_entropy, of the output's
    #[arg(long, value_name = "DY.npy")]
    grad: Option<PathBuf>,

    /// Backward: write dx = f'(x) dy here; of a formula, the gradient by an operand: `--grad-output x=dx.npy --grad-output b=db.npy`
    #[arg(long, value_name = "DX.npy", requires = "grad")]
    grad_output: Vec<String>,

    /// The gradient ddx that arrives at the input's gradient dx = f'(x) dy, of the input's shape: for --second-output
    #[arg(long, value_name = "DDX.npy", requires = "second_output")]
    grad_grad: Option<PathBuf>,

    /// Write the second derivative f''(x) here, times dy where --grad is given, and times ddx where --grad-grad is
    #[arg(long, value_name = "D2.npy", conflicts_with = "from_output")]
    second_output: Option<PathBuf>,

    /// Write the gradient of the learnable parameter, summed over all elements that share it, here; for xielu twice, in the order of
    /// its parameters
    #[arg(long, value_name = "DW.npy", requires = "grad", conflicts_with = "from_output")]
    weight_grad_output: Vec<PathBuf>,

    /// The learnable parameter's values: one, a row of one for each channel, or of several dimensions that broadcast over the input's
    /// as in NumPy and ONNX, from the last one on; for xielu twice, in the order of its parameters
    #[arg(long, value_name = "W.npy", conflicts_with = "from_output")]
    weight: Vec<PathBuf>,

    /// The dimension of the input that a row in --weight has values for, counted from 0, or from the end where negative [default: 1, as
    /// PyTorch's PReLU has it; of one dimension, that]
    #[arg(long, value_name = "N", requires = "weight", allow_negative_numbers = true)]
    channel_dim: Option<i64>,

    /// What 16-bit elements are whose type a file does not name: `<V2`, as NumPy writes the bfloat16 of ml_dtypes, or `<u2`
    #[arg(long, value_name = "TYPE", value_parser = parse_storage)]
    storage: Option<Storage>,

    /// The gates of a gated function, of the input's shape; the input then holds the values
    #[arg(long, value_name = "GATE.npy", conflicts_with_all = options::not_with(&[Family::Gate]))]
    gate: Option<PathBuf>,

    /// How values and gates of a gated function lie: in files of their own, in the halves of the input's dimension --dim, or
    /// alternating there [default: separate with --gate, else halves]
    #[arg(long, conflicts_with_all = options::not_with(&[Family::Gate]))]
    layout: Option<Layout>,

    /// Interleaved: how many values lie together before as many gates, or the other way round [default: 1]
    #[arg(long, value_name = "N", conflicts_with_all = options::not_with(&[Family::Gate]))]
    block: Option<NonZero<u64>>,

    /// Which of the two comes first in one file [default: what is usual for a gate with a name, else value_first]
    #[arg(long, value_name = "ORDER", conflicts_with_all = options::not_with(&[Family::Gate]))]
    order: Option<OrderName>,

    /// The input's dimension that holds values and gates, or that softmax and its like go along, counted from 0, or from the end where negative
    /// [default: -1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with_all = ["weight", "channel_dim", "weight_grad_output"])]
    dim: Option<i64>,

    /// Of softmax and its like along the last dimension: the causal mask of attention. Row q of the dimension before it sees elements up to
    /// number q + PAST
    #[arg(long, value_name = "PAST", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    causal: Option<u64>,

    /// Of softmax and its like: one more element of each row, without a result; 0 is "softmax plus one"
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    sink: Option<f32>,

    /// Of softmax and its like: what is added to the scaled elements, of a shape that goes over the input's as NumPy broadcasts; -inf masks. Of
    /// booleans, as PyTorch has them: True takes part
    #[arg(long, value_name = "MASK.npy")]
    mask: Option<PathBuf>,

    /// Of softmax and its like: one more element of each row, without a result, from a file: one for each head of (batch, heads, queries), or of
    /// a shape that goes over the input's without --dim
    #[arg(long, value_name = "SINKS.npy", conflicts_with = "sink")]
    sinks: Option<PathBuf>,

    /// Backward of softmax and its like: write the gradient by the sinks here, of the shape that they have; of rows that share one, the sum
    #[arg(long, value_name = "DSINKS.npy", requires_all = ["grad", "sinks"], conflicts_with = "from_output")]
    sinks_grad_output: Option<PathBuf>,

    /// Of cross_entropy: a class for each row of the input, integers of its shape without the dimension --dim
    #[arg(long, value_name = "LABELS.npy", conflicts_with = "probabilities")]
    labels: Option<PathBuf>,

    /// Of cross_entropy: a probability for each element of the input
    #[arg(long, value_name = "P.npy")]
    probabilities: Option<PathBuf>,

    /// Of cross_entropy: which part of the target all classes share alike [default: 0]
    #[arg(long, value_name = "E")]
    label_smoothing: Option<f32>,

    /// Of cross_entropy: rows with this label do not count [default: -100]
    #[arg(long, value_name = "LABEL", allow_negative_numbers = true)]
    ignore_index: Option<i64>,

    /// Of softmax and its like: what elements are multiplied with first, such as one over a temperature [default: 1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    scale: Option<f32>,

    /// Backward of separate gates: write their gradient here
    #[arg(long, value_name = "DGATE.npy", requires_all = ["grad", "gate"])]
    gate_grad_output: Option<PathBuf>,

    /// A parameter's value; may be given several times
    #[arg(long = "param", id = "param", value_name = "KEY=VALUE", value_parser = parse_parameter)]
    parameters: Vec<(String, f32)>,

    /// The input is the output y of an earlier forward: backward without x
    #[arg(long, requires = "grad")]
    from_output: bool,
}

pub(in crate::commands) fn parse_parameter(text: &str) -> Result<(String, f32), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    let value = value.trim().parse().map_err(|_| format!("{value:?} is no number"))?;
    Ok((key.trim().to_owned(), value))
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    arguments.functions.define()?;
    if let Some(formula) = arguments.formula()? {
        return formula::execute(&formula, arguments, selection);
    }
    let arguments = &arguments.stated()?;
    let mut function = arguments.function()?;
    let targets = function.targets(arguments)?;
    let gpu = selection.open()?;
    let untyped = Cell::new(false);
    let files = Files::new(arguments, &gpu, &untyped);
    let alone = targets.iter().all(Destination::is_alone);
    let in_pieces = if alone { function.in_pieces(arguments, files)? } else { None };
    let tensors = match in_pieces {
        Some((whole, of_rows)) => {
            pieces::run(whole, &targets, &gpu, |inputs| of_rows.compute(&gpu, arguments, inputs))?
        }
        None => {
            let inputs = function.inputs(arguments, files)?;
            let (name, first) = &inputs[0];
            files.check_storage(name, first.storage)?;
            let results = function.compute(&gpu, arguments, &inputs)?;
            results::write(&targets, &results)?;
            summaries(&inputs, &results)
        }
    };
    terminal::print(&render(&gpu, &function, &tensors, &targets))?;
    Ok(ExitCode::SUCCESS)
}

/// A tensor, and what it is called.
type Named = (&'static str, Tensor);

/// Input files, for a device.
#[derive(Clone, Copy)]
struct Files<'a> {
    reader: Reader,
    /// Whether --storage was needed for any so far.
    untyped: &'a Cell<bool>,
}

impl<'a> Files<'a> {
    fn new(arguments: &Arguments, gpu: &Gpu, untyped: &'a Cell<bool>) -> Self {
        let wanted = Wanted::Floats(arguments.storage);
        Self { reader: Reader { wanted, most: gpu.device().limits().max_buffer_size }, untyped }
    }

    /// The same for files of something else.
    fn wanting(self, wanted: Wanted) -> Self {
        Self { reader: Reader { wanted, ..self.reader }, ..self }
    }

    /// A tensor, with notes on it for the user.
    fn read(self, path: &Path) -> Result<Tensor> {
        Ok(noted(self.reader.read(self.open(path)?)?))
    }

    /// A tensor of any size, of which no value is read yet.
    fn open(self, path: &Path) -> Result<Source> {
        let source = self.reader.open(path)?;
        self.untyped.set(self.untyped.get() || source.is_untyped());
        Ok(source)
    }

    /// One more that goes with the first, of this shape.
    fn open_beside(
        self,
        path: &Path,
        name: &str,
        (first_name, first): (&str, &Source),
        like: (&str, &[u64]),
    ) -> Result<Source> {
        let source = self.open(path)?;
        check_types((name, source.storage), (first_name, first.storage))?;
        check_shapes((name, &source.shape), like)?;
        self.reader.in_order(source, first.order)
    }

    /// What is read in pieces: the first input, and of those beside it the ones that are given, each of the shape of something; with how
    /// many elements a row has.
    fn parts<'p>(
        self,
        (name, first, row): (&'static str, Source, u64),
        beside: impl IntoIterator<Item = (&'static str, Option<&'p Path>, (&'p str, &'p [u64]))>,
        row_beside: u64,
    ) -> Result<Vec<Part>> {
        let given = beside.into_iter().filter_map(|(other, path, like)| Some((other, path?, like)));
        let opened = given.map(|(other, path, like)| {
            let source = self.open_beside(path, other, (name, &first), like)?;
            Ok(Part { name: other, source, row: row_beside })
        });
        let opened = opened.collect::<Result<Vec<_>>>()?;
        self.check_storage(name, first.storage)?;
        let parts: Vec<_> = [Part { name, source: first, row }].into_iter().chain(opened).collect();
        parts.iter().try_for_each(|Part { source, row, .. }| self.reader.check_size(source, *row))?;
        Ok(parts)
    }

    /// All of them, with notes on them for the user.
    fn read_whole(self, parts: Vec<Part>) -> Result<Vec<Named>> {
        parts.iter().try_for_each(|Part { source, .. }| self.reader.check_size(source, source.elements()))?;
        let read = |Part { name, source, .. }| Ok((name, noted(source.whole()?)));
        parts.into_iter().map(read).collect()
    }

    /// Integers, in C's order, with their shape.
    fn read_labels(self, path: &Path) -> Result<(Vec<u64>, Vec<i128>)> {
        let files = self.wanting(Wanted::Integers);
        let source = files.open(path)?;
        files.reader.check_size(&source, source.elements())?;
        Ok((source.shape.clone(), source.integers()?))
    }

    /// Floats or booleans, in C's order.
    fn read_mask(self, path: &Path) -> Result<Tensor> {
        Ok(self.wanting(Wanted::Mask(self.reader.wanted.untyped())).read(path)?.in_order(Order::C))
    }

    /// A second tensor, of the first one's type and order of axes.
    fn read_beside(self, path: &Path, name: &str, first: (&str, &Tensor)) -> Result<Tensor> {
        let tensor = self.read(path)?;
        check_types((name, tensor.storage), (first.0, first.1.storage))?;
        Ok(tensor.in_order(first.1.order))
    }

    /// The gradient that arrives, if one is given: of the shape of `output`.
    fn gradient(
        self,
        arguments: &Arguments,
        first: (&str, &Tensor),
        output: (&str, &Tensor),
    ) -> Result<Option<Named>> {
        self.arriving("dy", arguments.grad.as_deref(), first, output)
    }

    /// What arrives at `output`, of its shape, if a file of it is given.
    fn arriving(
        self,
        name: &'static str,
        path: Option<&Path>,
        first: (&str, &Tensor),
        output: (&str, &Tensor),
    ) -> Result<Option<Named>> {
        let Some(path) = path else { return Ok(None) };
        let gradient = self.read_beside(path, name, first)?;
        check_shapes((name, &gradient.shape), (output.0, &output.1.shape))?;
        Ok(Some((name, gradient)))
    }

    /// What a file says of itself stands: with all of them read, --storage is of none, or of those that did not say.
    fn check_storage(self, name: &str, storage: Storage) -> Result<()> {
        let Some(wanted) = self.reader.wanted.untyped() else { return Ok(()) };
        ensure!(
            storage == wanted || self.untyped.get(),
            "--storage {wanted}: {name} is {storage} by its file, and --storage is for files that do not say: leave it out, or convert the file"
        );
        Ok(())
    }
}

/// A tensor, whose notes the user has been told.
fn noted(loaded: Loaded) -> Tensor {
    loaded.notes.iter().for_each(|note| terminal::note(note));
    loaded.tensor
}

/// What is computed.
enum Function {
    Elementwise(Elementwise),
    Gated(Gated),
    Rows(Rows),
}

impl Arguments {
    /// The formula, if it is one: an activation or a gate with parameters is none.
    fn formula(&self) -> Result<Option<Formula>> {
        let flags = !self.operands.is_empty() || !self.channels.is_empty();
        if flags { self.functions.parse(&self.name).map(Some) } else { self.functions.formula_of(&self.name) }
    }

    /// The file of a function's only input.
    fn input(&self) -> Result<&Path> {
        self.input.as_deref().context("--input is missing")
    }

    /// The only file that a flag names.
    fn only(flag: &str, paths: &[String]) -> Result<Option<PathBuf>> {
        ensure!(paths.len() <= 1, "{flag} is given {} times", paths.len());
        Ok(paths.first().map(PathBuf::from))
    }

    /// The activation or gate, checked for what is asked of it.
    fn function(&self) -> Result<Function> {
        if let Some(rows) = Rows::named(&self.name, self)? {
            return Ok(Function::Rows(rows));
        }
        let text = with_parameters(&self.name, &self.parameters)?;
        let activation = text.parse::<Activation>();
        let says_gate =
            self.gate.is_some() || self.layout.is_some() || self.order.is_some() || self.block.is_some();
        if says_gate || (activation.is_err() && text.parse::<Gate>().is_ok()) {
            let gate = text.parse().map_err(explained)?;
            options::check(&self.name, Family::Gate, self)?;
            return Ok(Function::Gated(Gated::new(gate, self)?));
        }
        let activation = activation.map_err(explained)?;
        options::check(&self.name, Family::Activation, self)?;
        Ok(Function::Elementwise(Elementwise::new(activation, self)?))
    }

    /// With the dimension that the name states where it is a module of PyTorch's, `Softmax(dim=1)`.
    fn stated(&self) -> Result<Self> {
        let (name, stated) = module(&self.name)?;
        if let (Some(stated), Some(dim)) = (stated, self.dim) {
            ensure!(
                stated == dim,
                "{} states the dimension {stated}, and --dim says {dim}: leave it out",
                self.name
            );
        }
        Ok(Self { name, dim: self.dim.or(stated), ..self.clone() })
    }

    /// Where no output is asked for, the summary shows the forward.
    fn wants_forward(&self) -> bool {
        let others = !self.grad_output.is_empty()
            || self.gate_grad_output.is_some()
            || !self.weight_grad_output.is_empty()
            || self.sinks_grad_output.is_some()
            || self.second_output.is_some()
            || self.from_output;
        !self.output.is_empty() || !others
    }

    /// A gradient that is given is used, if only for the summary.
    fn wants_backward(&self) -> bool {
        let asked = !self.grad_output.is_empty() || self.gate_grad_output.is_some();
        let others = !self.weight_grad_output.is_empty() || self.second_output.is_some();
        asked || (self.grad.is_some() && !others)
    }
}

impl Function {
    /// The tensors from files, the input first.
    fn inputs(&mut self, arguments: &Arguments, files: Files<'_>) -> Result<Vec<Named>> {
        match self {
            Self::Elementwise(function) => function.inputs(arguments, files),
            Self::Gated(function) => files.read_whole(function.whole(arguments, files)?.0.parts),
            Self::Rows(function) => function.inputs(arguments, files),
        }
    }

    /// What is read in pieces, and what computes each; None where a result needs more than its own row.
    fn in_pieces(&self, arguments: &Arguments, files: Files<'_>) -> Result<Option<(Whole, Self)>> {
        Ok(match self {
            Self::Elementwise(function) if function.is_by_element(arguments) => {
                Some((function.whole(arguments, files)?, Self::Elementwise(function.clone())))
            }
            Self::Gated(function) => {
                let (whole, of_rows) = function.whole(arguments, files)?;
                Some((whole, Self::Gated(of_rows)))
            }
            _ => None,
        })
    }

    /// Where which result goes; checked before anything is computed.
    fn targets(&self, arguments: &Arguments) -> Result<Vec<Destination<&'static str>>> {
        let (y, dx, weights) = match self {
            Self::Elementwise(function) => ("y", "dx", function.gradient_names().collect()),
            Self::Gated(function) => ("y", function.gradient_name(), Vec::new()),
            Self::Rows(function) => (function.result_name(), "dx", Vec::new()),
        };
        let named = [
            (y, Arguments::only("--output", &arguments.output)?),
            (dx, Arguments::only("--grad-output", &arguments.grad_output)?),
            ("d_gate", arguments.gate_grad_output.clone()),
            ("dsinks", arguments.sinks_grad_output.clone()),
            ("d2", arguments.second_output.clone()),
        ];
        let named = named.into_iter().filter_map(|(name, path)| Some((name, path?)));
        let weights = weights.into_iter().zip(arguments.weight_grad_output.iter().cloned());
        destinations(named.chain(weights))
    }

    /// In the type of the first input.
    fn compute(&self, gpu: &Gpu, arguments: &Arguments, inputs: &[Named]) -> Result<Vec<Named>> {
        match inputs[0].1.storage {
            Storage::F16 => self.compute_as(&Device::<f16>::new(gpu), arguments, inputs),
            Storage::Bf16 => self.compute_as(&Device::<bf16>::new(gpu), arguments, inputs),
            _ => self.compute_as(&Device::<f32>::new(gpu), arguments, inputs),
        }
    }

    fn compute_as<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        match self {
            Self::Elementwise(function) => function.compute(device, arguments, inputs),
            Self::Gated(function) => function.compute(device, arguments, inputs),
            Self::Rows(function) => function.compute(device, arguments, inputs),
        }
    }
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Elementwise(function) => function.fmt(f),
            Self::Gated(function) => function.fmt(f),
            Self::Rows(function) => function.fmt(f),
        }
    }
}

/// The device, for tensors of one type.
struct Device<'a, T> {
    gpu: &'a Gpu,
    element: PhantomData<T>,
}

impl<'a, T: Element> Device<'a, T> {
    fn new(gpu: &'a Gpu) -> Self {
        Self { gpu, element: PhantomData }
    }

    fn upload(&self, tensor: &Tensor) -> Result<GpuBuffer<T>> {
        let values: Vec<T> = tensor.values.iter().map(|value| T::from_f32(*value)).collect();
        Ok(self.gpu.upload(&values)?)
    }

    /// With the shape and type of another one.
    fn read(&self, buffer: &GpuBuffer<T>, like: &Tensor) -> Result<Tensor> {
        let values = self.gpu.read_blocking(buffer)?.into_iter().map(T::to_f32).collect();
        Ok(like.with_values(values))
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
    check_once(all.iter().map(|part| part.split('=').next().unwrap_or_default().trim()))?;
    if all.is_empty() { Ok(name.to_owned()) } else { Ok(format!("{name}({})", all.join(", "))) }
}

/// Of a parameter that is given twice, one value would be left out.
fn check_once<'a>(keys: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = Vec::new();
    for key in keys {
        ensure!(!seen.contains(&key), "{key} is given twice");
        seen.push(key);
    }
    Ok(())
}

/// A tensor of this name.
fn find<'a>(tensors: &'a [Named], name: &str) -> Option<&'a Tensor> {
    tensors.iter().find(|(other, _)| *other == name).map(|(_, tensor)| tensor)
}

fn check_types((name, storage): (&str, Storage), (first_name, first): (&str, Storage)) -> Result<()> {
    ensure!(
        storage == first,
        "the types differ: {first_name} is {first}, {name} is {storage}: convert one of them"
    );
    Ok(())
}

fn check_shapes((name, shape): (&str, &[u64]), (first_name, first): (&str, &[u64])) -> Result<()> {
    ensure!(
        shape == first,
        "the shapes differ: {first_name} is {}, {name} is {}",
        shape_text(first),
        shape_text(shape)
    );
    Ok(())
}

fn summaries<N: AsRef<str>>(inputs: &[(N, Tensor)], results: &[(N, Tensor)]) -> Vec<Summary> {
    inputs.iter().chain(results).map(|(name, tensor)| Summary::of(name.as_ref(), tensor)).collect()
}

fn render<N: AsRef<str>>(
    gpu: &Gpu,
    function: &impl std::fmt::Display,
    tensors: &[Summary],
    targets: &[Destination<N>],
) -> String {
    let adapter = adapter::describe(&adapter::report(gpu.adapter_info()));
    let mut text = terminal::wrap("", &format!("{function} on {adapter}"));
    text.push('\n');
    text += &summary::render(tensors);
    text.extend(targets.iter().map(|target| format!("{target}\n")));
    text
}
