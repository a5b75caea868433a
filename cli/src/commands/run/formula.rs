//! A formula over tensors in files, and its gradients.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use npyz::Order;
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Element, Formula, Gpu, GpuBuffer, Operand, Storage};

use super::letters::{Letters, bare};
use super::options::{self, Family};
use super::results::{self, Destination, destinations};
use super::{Arguments, Device, Files, check_once, check_shapes, check_types, render, summaries};
use crate::adapter::Selection;
use crate::tensor::Tensor;
use crate::terminal;

/// A tensor, and what it is called.
type Named = (String, Tensor);

pub(super) fn execute(formula: &Formula, arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    options::check(&formula.to_string(), Family::of_formula(formula), arguments)?;
    let gpu = selection.open()?;
    let untyped = Cell::new(false);
    let files = Files::new(arguments, &gpu, &untyped);
    let run = Run::new(formula.clone(), arguments, files)?;
    let targets = run.targets()?;
    let (name, first) = run.first();
    files.check_storage(name, first.storage)?;
    let results = match run.like().storage {
        Storage::F16 => run.compute::<f16>(&gpu)?,
        Storage::Bf16 => run.compute::<bf16>(&gpu)?,
        _ => run.compute::<f32>(&gpu)?,
    };
    results::write(&targets, &results)?;
    terminal::print(&render(&gpu, &run.formula, &summaries(&run.inputs, &results), &targets))?;
    Ok(ExitCode::SUCCESS)
}

/// What is to be computed, with all files read.
struct Run {
    formula: Formula,
    /// Operands in the formula's order, as it names them, then what arrives.
    inputs: Vec<Named>,
    letters: Letters,
    seed: Option<u64>,
    outputs: Vec<(String, PathBuf)>,
    /// Operands whose gradients are wanted, and where they go.
    gradients: Vec<(String, PathBuf)>,
}

impl Run {
    fn new(formula: Formula, arguments: &Arguments, files: Files<'_>) -> Result<Self> {
        let mut formula = formula;
        check_once(arguments.parameters.iter().map(|(name, _)| name.as_str()))?;
        for (name, value) in &arguments.parameters {
            formula = formula.with(name, *value)?;
        }
        let (stable, forms) = formula.stable()?;
        if arguments.stable {
            formula = stable;
        } else {
            forms.iter().for_each(|form| terminal::note(&format!("{form}: --stable takes it")));
        }
        ensure!(
            !formula.draws() || arguments.seed.is_some(),
            "{formula} draws for each element: give --seed N"
        );
        let inputs = operands(&formula, arguments, files)?;
        let results: Vec<String> = formula.results().map(|result| bare(&result).to_owned()).collect();
        let outputs = arguments.output.iter().map(|text| named_or(text, &results, "--output"));
        let gradients = arguments.grad_output.iter().map(|text| {
            let named = text.split_once('=');
            let (name, path) = named.context("--grad-output of a formula names an operand: x=DX.npy")?;
            Ok((name.to_owned(), PathBuf::from(path)))
        });
        let mut run = Self {
            outputs: outputs.collect::<Result<_>>()?,
            gradients: gradients.collect::<Result<_>>()?,
            seed: arguments.seed,
            letters: Letters::default(),
            formula,
            inputs,
        };
        let names: Vec<String> = run.formula.operands().chain(run.formula.results()).collect();
        run.letters = Letters::parse(&arguments.channels, &names, run.like())?;
        run.check()?;
        if let Some(path) = &arguments.grad {
            ensure!(!run.gradients.is_empty(), "--grad of a formula goes with --grad-output NAME=FILE.npy");
            run.read_gradient(path, files)?;
        }
        Ok(run)
    }

    /// The operand whose shape and type results have: the first one with an element each.
    fn first(&self) -> (&str, &Tensor) {
        let own = |(name, _): &&Named| !name.contains('[');
        // Checked when the operands were read.
        let (name, tensor) = self.inputs.iter().find(own).unwrap_or(&self.inputs[0]);
        (name, tensor)
    }

    fn like(&self) -> &Tensor {
        self.first().1
    }

    /// Operands of one shape and type, and those that are shared of as many values as there are channels.
    fn check(&self) -> Result<()> {
        for (name, tensor) in &self.inputs {
            match self.letters.dimensions_of(name)? {
                None => self.check_like_first(name, tensor)?,
                Some(dimensions) => dimensions.check(name, tensor, self.like())?,
            }
        }
        for (name, _) in &self.gradients {
            ensure!(
                self.inputs.iter().any(|(input, _)| bare(input) == name),
                "--grad-output {name}: the formula has no such operand"
            );
        }
        Ok(())
    }

    fn check_like_first(&self, name: &str, tensor: &Tensor) -> Result<()> {
        let (first_name, first) = self.first();
        check_types((name, tensor.storage), (first_name, first.storage))?;
        check_shapes((name, &tensor.shape), (first_name, &first.shape))
    }

    fn read_gradient(&mut self, path: &Path, files: Files<'_>) -> Result<()> {
        let mut results = self.formula.results();
        let (Some(result), None) = (results.next(), results.next()) else {
            bail!("--grad goes with a formula of one result");
        };
        ensure!(!result.contains('['), "{result} is a sum: its gradient is not one with an element each");
        let dy = files.read(path)?.in_order(Order::C);
        let name = format!("d{result}");
        self.check_like_first(&name, &dy)?;
        self.inputs.push((name, dy));
        Ok(())
    }

    /// Where which result goes; checked before anything is computed.
    fn targets(&self) -> Result<Vec<Destination<String>>> {
        let gradients = self.gradients.iter().map(|(name, path)| (format!("d{name}"), path.clone()));
        destinations(self.outputs.iter().cloned().chain(gradients))
    }

    fn compute<T: Element>(&self, gpu: &Gpu) -> Result<Vec<Named>> {
        let device = Device::<T>::new(gpu);
        let own: Vec<(&str, GpuBuffer<T>)> = self
            .tensors(false)
            .map(|(name, tensor)| Ok((name, device.upload(tensor)?)))
            .collect::<Result<_>>()?;
        let shared: Vec<(&str, GpuBuffer<f32>)> = self
            .tensors(true)
            .map(|(name, tensor)| Ok((name, gpu.upload(&tensor.values)?)))
            .collect::<Result<_>>()?;
        let mut operands: Vec<(&str, Operand<'_>)> =
            own.iter().map(|(name, buffer)| (*name, buffer.span().into())).collect();
        for (name, buffer) in &shared {
            operands.push((bare(name), self.operand(name, buffer)?));
        }
        operands.extend(self.seed.map(|seed| ("seed", Operand::seed(seed))));

        // What is computed in place comes last: gradients need what is there before.
        let names: Vec<&str> = self.gradients.iter().map(|(name, _)| name.as_str()).collect();
        let mut formulas = if names.is_empty() { Vec::new() } else { self.formula.backward(&names)? };
        if names.is_empty() || !self.outputs.is_empty() {
            formulas.push(self.formula.clone());
        }
        let mut results = Vec::new();
        for formula in &formulas {
            results.extend(self.results_of(&device, formula, &operands)?);
            let in_place = own.iter().filter(|(name, _)| is_in_place(formula, name));
            for (name, buffer) in in_place {
                results.push(((*name).to_owned(), device.read(buffer, self.like())?));
            }
        }
        Ok(results)
    }

    /// Tensors with an element each, or those that elements share.
    fn tensors(&self, shared: bool) -> impl Iterator<Item = (&str, &Tensor)> {
        let of_kind = self.inputs.iter().filter(move |(name, _)| name.contains('[') == shared);
        of_kind.map(|(name, tensor)| (name.as_str(), tensor))
    }

    fn operand<'a>(&self, name: &str, buffer: &'a GpuBuffer<f32>) -> Result<Operand<'a>> {
        Ok(match self.letters.dimensions_of(name)? {
            Some(dimensions) if !name.ends_with("[]") => {
                Operand::channels(buffer.span(), dimensions.channels(self.like()))
            }
            _ => Operand::single(buffer.span()),
        })
    }

    /// What this formula writes that is not in place.
    fn results_of<T: Element>(
        &self,
        device: &Device<'_, T>,
        formula: &Formula,
        operands: &[(&str, Operand<'_>)],
    ) -> Result<Vec<Named>> {
        let read = operands.iter().filter(|(name, _)| formula.reads(name));
        let mut bound: Vec<(&str, Operand<'_>)> = read.copied().collect();
        let (sum, names): (Vec<String>, Vec<String>) =
            formula.results().filter(|name| !formula.reads(name)).partition(|name| name.contains('['));
        let sum = match (sum.first(), sum.first().map_or(Ok(None), |name| self.letters.dimensions_of(name))?)
        {
            (Some(name), Some(dimensions)) => {
                let shape = dimensions.shape(self.like());
                let zeros = vec![0.0; shape.iter().product::<u64>() as usize];
                Some((name, shape, device.gpu.upload(&zeros)?))
            }
            _ => None,
        };
        if let Some((name, _, buffer)) = &sum {
            bound.push((bare(name), self.operand(name, buffer)?));
        }
        let buffers = device.gpu.formula::<T>(formula, &bound)?;
        let named = names.into_iter().zip(&buffers);
        let mut results: Vec<Named> = named
            .map(|(name, buffer)| Ok((name, device.read(buffer, self.like())?)))
            .collect::<Result<_>>()?;
        if let Some((name, shape, buffer)) = sum {
            let mut values = Tensor::row(device.gpu.read_blocking(&buffer)?);
            // As many dimensions as the letter stands for; a single value is a row of one.
            if shape.len() > 1 {
                values.shape = shape.to_vec();
            }
            results.push((bare(name).to_owned(), values));
        }
        Ok(results)
    }
}

/// Whether a result takes the place of the operand of its name.
fn is_in_place(formula: &Formula, name: &str) -> bool {
    formula.reads(name) && formula.result_names().any(|result| result == name)
}

/// The tensors of a formula's operands, in C's order.
fn operands(formula: &Formula, arguments: &Arguments, files: Files<'_>) -> Result<Vec<Named>> {
    let given = arguments.operands.iter().map(|text| {
        let (name, path) =
            text.split_once('=').with_context(|| format!("--operand {text}: expected NAME=FILE"))?;
        Ok((name.trim(), Path::new(path)))
    });
    let mut given = given.collect::<Result<Vec<(&str, &Path)>>>()?;
    let names: Vec<String> = formula.operands().collect();
    let first = names.iter().map(|name| bare(name)).find(|name| given.iter().all(|(given, _)| given != name));
    ensure!(
        arguments.input.is_none() || first.is_some(),
        "--input is for the first operand that has no --operand, and each has one"
    );
    given.extend(first.zip(arguments.input.as_deref()));
    for (name, _) in &given {
        let known = names.iter().any(|known| bare(known) == *name);
        ensure!(known, "--operand {name}: the formula has {}", names.join(", "));
    }
    let read_one = |name: &String| {
        let mut paths = given.iter().filter(|(given, _)| *given == bare(name));
        let path = paths.next().with_context(|| format!("give --operand {}=FILE.npy", bare(name)))?.1;
        ensure!(paths.next().is_none(), "--operand {} is given twice", bare(name));
        Ok((name.clone(), files.read(path)?.in_order(Order::C)))
    };
    let tensors = names.iter().map(read_one).collect::<Result<Vec<Named>>>()?;
    ensure!(
        names.iter().any(|name| !name.contains('[')),
        "no operand of the formula has an element each: nothing says what shape the result has"
    );
    Ok(tensors)
}

/// `y=FILE`, or a file alone where there is one result.
fn named_or(text: &str, results: &[String], flag: &str) -> Result<(String, PathBuf)> {
    match (text.split_once('='), results) {
        (Some((name, path)), _) if results.iter().any(|result| result == name) => {
            Ok((name.to_owned(), PathBuf::from(path)))
        }
        (_, [result]) => Ok((result.clone(), PathBuf::from(text))),
        _ => bail!("{flag} {text}: name one of the results: {}", results.join(", ")),
    }
}
