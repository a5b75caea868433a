//! `plan`: a formula's steps as data, for whoever calls no Rust.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use measure::Dispatches;
use npyz::Order;
use serde::Serialize;
use wgpu_activations::plan::{Buffer, Limits, Operand, Planner, Span};
use wgpu_activations::{Formula, Storage};

use super::run::letters::{Letters, bare};
use super::wgsl::Device;
use crate::functions::Functions;
use crate::named::parse_storage;
use crate::tensor::Tensor;
use crate::terminal;

/// What to dispatch for a formula, as JSON: shaders, bindings, uniforms and numbers of workgroups
///
/// For programs without Rust: a page's JavaScript, wgpu-py, native WebGPU. Within the limits that every WebGPU device has. Operands lie
/// in buffers of their own; those with a letter in brackets hold f32, and are as long as --channels says.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The formula: `x = gelu_erf(x + bias[c]) * gate`; an activation is one, too: `silu(x)`
    formula: String,

    #[command(flatten)]
    functions: Functions,

    /// The shape of the operands that have an element each: `64,1024`
    #[arg(long, value_name = "SIZE,..", value_delimiter = ',', required = true)]
    shape: Vec<u64>,

    /// Which dimension of the operands a letter in brackets stands for, counted from the end where negative: `c=-1`; or several
    /// that are neighbours: `r=0:1`
    #[arg(long, value_name = "LETTER=DIM")]
    channels: Vec<String>,

    /// After the formula, its gradients by these operands: `x,bias`
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    backward: Vec<String>,

    /// The storage type of operands that have an element each
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = parse_storage)]
    storage: Storage,

    /// A parameter's value; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::run::parse_parameter)]
    parameters: Vec<(String, f32)>,

    /// What dropout draws by
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    #[command(flatten)]
    device: Device,
}

/// A step, as a host without Rust dispatches it.
#[derive(Serialize)]
struct Planned {
    formula: String,
    operands: Vec<Described>,
    #[serde(flatten)]
    dispatches: Dispatches,
}

#[derive(Serialize)]
struct Described {
    name: String,
    storage: &'static str,
    elements: u64,
    /// Of its buffer: whole words.
    bytes: u64,
    written: bool,
}

pub(crate) fn execute(arguments: &Arguments) -> Result<ExitCode> {
    arguments.functions.define()?;
    let mut formula = arguments.functions.parse(&arguments.formula)?;
    for (name, value) in &arguments.parameters {
        formula = formula.with(name, *value)?;
    }
    let names: Vec<&str> = arguments.backward.iter().map(String::as_str).collect();
    let gradients = if names.is_empty() { Vec::new() } else { formula.backward(&names)? };
    let formulas: Vec<Formula> = std::iter::once(formula).chain(gradients).collect();
    let used: Vec<String> =
        formulas.iter().flat_map(|formula| formula.operands().chain(formula.results())).collect();
    let count = arguments.shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
    let elements = count.context("--shape: more elements than a number of 64 bits counts")?;
    let like = Tensor {
        shape: arguments.shape.clone(),
        order: Order::C,
        storage: arguments.storage,
        values: Vec::new(),
    };
    let letters = Letters::parse(&arguments.channels, &used, &like)?;
    let shape = Shape { like, elements, letters };
    let steps = formulas.iter().map(|formula| shape.planned(formula, arguments));
    let steps = steps.collect::<Result<Vec<Planned>>>()?;
    terminal::print(&(serde_json::to_string_pretty(&steps)? + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Of all operands.
struct Shape {
    like: Tensor,
    elements: u64,
    letters: Letters,
}

impl Shape {
    fn planned(&self, formula: &Formula, arguments: &Arguments) -> Result<Planned> {
        let results = formula.results().filter(|result| formula.operands().all(|operand| operand != *result));
        let names: Vec<String> = formula.operands().chain(results).collect();
        let described = names.iter().map(|name| self.described(formula, name)).collect::<Result<Vec<_>>>()?;
        let buffers: Vec<Buffer> =
            (0..).zip(&described).map(|(number, it)| Buffer { number, bytes: it.bytes }).collect();
        let mut operands = Vec::new();
        for ((name, described), buffer) in names.iter().zip(&described).zip(&buffers) {
            operands.push((described.name.as_str(), self.operand(name, buffer, described.elements)?));
        }
        operands.extend(formula.draws().then_some(("seed", Operand::seed(arguments.seed))));
        let planner = Planner::new(Limits::default(), arguments.device.target());
        let step = planner.formula(formula, arguments.storage, false, &operands)?;
        let names: Vec<&str> = described.iter().map(|it| it.name.as_str()).collect();
        let dispatches = Dispatches::of(&step, &names);
        Ok(Planned { formula: formula.to_string(), dispatches, operands: described })
    }

    fn described(&self, formula: &Formula, name: &str) -> Result<Described> {
        let (storage, elements) = match self.letters.dimensions_of(name)? {
            None => (self.like.storage, self.elements),
            Some(dimensions) => (Storage::F32, dimensions.shape(&self.like).iter().product()),
        };
        let bytes =
            elements.checked_mul(storage.bytes()).filter(|bytes| *bytes <= Limits::default().max_buffer_size);
        let too_large =
            || format!("{name}: {elements} elements are more than a buffer of every device holds");
        let bytes = bytes.with_context(too_large)?.next_multiple_of(4);
        let name = bare(name);
        ensure!(name != "scratch", "an operand called scratch: the plan has a buffer of that name");
        Ok(Described {
            name: name.to_owned(),
            storage: storage.name(),
            elements,
            bytes,
            written: formula.result_names().any(|result| result == name),
        })
    }

    fn operand<'a>(
        &self,
        name: &str,
        buffer: &'a Buffer,
        elements: u64,
    ) -> Result<Operand<'a, Span<'a, Buffer>>> {
        let span = Span::new(buffer, 0, elements);
        Ok(match self.letters.dimensions_of(name)? {
            None => span.into(),
            Some(_) if name.ends_with("[]") => Operand::single(span),
            Some(dimensions) => Operand::channels(span, dimensions.channels(&self.like)),
        })
    }
}
