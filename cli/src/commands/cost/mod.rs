//! `cost`: what every kernel costs on GPUs that need not be there, compiled for them and not run.

mod markdown;
mod plot;
mod table;

use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;
use measure::cost::{self, Compiled, FAMILIES, Family, Kernel, Kernels, Report};

use super::wgsl::gate_kind;
use crate::files::{self, Outputs};
use crate::functions::Functions;
use crate::named::{Function, function_of};
use crate::terminal;

/// What every kernel costs on real GPUs, counted on compiled machine code: no GPU is needed, nothing is run
///
/// Mesa's driver for AMD cards compiles each kernel for RDNA 2, RDNA 3 and GCN and says for how many cycles it keeps
/// the hardware busy. Beside it stands the time that memory takes in the same unit, on four cards: below it,
/// arithmetic costs nothing.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these activations, gates, formulas and functions of rows
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    functions: Functions,

    /// Exit with status 1 where a kernel costs more than its budget, and say which
    #[arg(long)]
    check: bool,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else (the table goes to standard error)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the report as a document to this file
    #[arg(long, value_name = "FILE.md", conflicts_with = "names")]
    markdown: Option<PathBuf>,

    /// Draw it into this file; the document shows it
    #[arg(long, value_name = "FILE.svg", requires = "markdown")]
    plot: Option<PathBuf>,

    /// Write what was counted, a little rounded up, as the budgets that --check holds
    #[arg(long, value_name = "FILE", conflicts_with = "names")]
    write_budgets: Option<PathBuf>,

    /// Count f16 as on a device that was made with the feature SHADER_F16, which writes it by the hardware's conversion
    #[arg(long, conflicts_with_all = ["markdown", "write_budgets"])]
    shader_f16: bool,

    /// Compile for this family, which the environment names to the driver, and print what that tells: what this command starts itself as
    #[arg(long, hide = true, value_name = "FAMILY")]
    compile_here: Option<String>,
}

pub(crate) fn execute(arguments: &Arguments) -> Result<ExitCode> {
    arguments.functions.define()?;
    let kernels = arguments.kernels()?;
    if let Some(family) = arguments.compile_here.as_deref() {
        let compiled = cost::compile(&kernels.all(), family_of(family)?)?;
        terminal::print(&serde_json::to_string(&compiled)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let [json, markdown, plot, budgets] =
        [&arguments.json, &arguments.markdown, &arguments.plot, &arguments.write_budgets]
            .map(Option::as_deref);
    let outputs = Outputs::new(json, [markdown, plot, budgets])?;
    let figure = files::figure(markdown, plot)?;
    let compiled = compile_for_all(arguments)?;
    let report = Report::new(&kernels, &compiled)?;
    let over = cost::over_budget(&report)?;
    outputs.printer()(&table::render(&report))?;
    let document = || Ok(markdown::render(&report, figure.as_deref()));
    outputs.write(&report, [&document, &|| plot::render(&report), &|| Ok(cost::budgets(&report))])?;
    for over in &over {
        terminal::print_beside(&terminal::wrap("over budget: ", &over.to_string()));
    }
    Ok(if arguments.check && !over.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The driver asks the environment for which family it compiles, and once: so each has a process of its own, all at a time.
fn compile_for_all(arguments: &Arguments) -> Result<Vec<Compiled>> {
    let children = FAMILIES.map(|family| (family, start(&family, arguments)));
    children.into_iter().map(|(family, child)| finish(&family, child?)).collect()
}

fn start(family: &Family, arguments: &Arguments) -> Result<Child> {
    let program = std::env::current_exe().context("cannot tell where this program lies")?;
    let mut command = Command::new(program);
    command
        .args(["cost", "--compile-here", family.name])
        .args(arguments.functions.options())
        .args(&arguments.names)
        .stdout(Stdio::piped());
    if arguments.shader_f16 {
        command.arg("--shader-f16");
    }
    for (variable, value) in family.environment() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command.spawn().with_context(|| format!("cannot start the compiler for {}", family.name))
}

fn family_of(name: &str) -> Result<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name).with_context(|| format!("no family {name}"))
}

fn finish(family: &Family, child: Child) -> Result<Compiled> {
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the kernels were not compiled for {}: see above", family.name);
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the compiler for {} said something else", family.name))
}

/// The function of rows that a name stands for, if it is counted: `Softmax(dim=1)`.
fn counted_rows(name: &str, rows: &[Kernel]) -> Option<&'static str> {
    let Ok(Function::Rows(named)) = function_of(name) else { return None };
    rows.iter().map(|kernel| kernel.name).find(|known| *known == named.name)
}

impl Arguments {
    /// Which kernels are asked for.
    fn kernels(&self) -> Result<Kernels> {
        let (all, rows) = (Kernel::all(), Kernel::rows()?);
        let (mut names, mut own) = (Vec::new(), Vec::new());
        for name in &self.names {
            if all.iter().chain(&rows).any(|kernel| kernel.name == name) {
                names.push(name.as_str());
            } else if let Some(known) = counted_rows(name, &rows) {
                names.push(known);
            } else if let Some(formula) = self.functions.formula_of(name)? {
                // Known by what was typed for as long as this process counts.
                own.extend(Kernel::of_formula(
                    Box::leak(name.clone().into_boxed_str()),
                    &formula.to_string(),
                ));
            } else {
                names.push(gate_kind(name)?.name());
            }
        }
        let wanted = |kernel: &Kernel| self.names.is_empty() || names.contains(&kernel.name);
        let of = |kernels: Vec<Kernel>| kernels.into_iter().filter(wanted).collect::<Vec<_>>();
        let with_feature = |kernels: Vec<Kernel>| {
            if self.shader_f16 { kernels.into_iter().map(Kernel::with_shader_f16).collect() } else { kernels }
        };
        let (library, rows) = (with_feature([of(all), own].concat()), with_feature(of(rows)));
        let [builtins, steps, by_hand] = [Kernel::builtins(), Kernel::steps(), Kernel::by_hand()].map(of);
        Ok(Kernels { library, rows, builtins, steps, by_hand })
    }
}
