//! `verify`: every kernel on the adapter at hand against the f64 oracle.

mod exhaustive;
mod formula;
mod junit;
mod measured;
mod page;
mod rows;
mod shaders;
mod softmax;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use wgpu_activations::cpu::Cpu;
use wgpu_activations::verify::{
    self, Adapter, FormulaSubject, MAX_INPUTS, Options, Report, RowCheck, RowSubject, Subject,
};
use wgpu_activations::{Formula, Kind, Storage};

use crate::adapter::{self, Selection};
use crate::files::Outputs;
use crate::functions::Functions;
use crate::named::{NamedRows, all_or_none, kind_of, parse_storage, rows_of};
use crate::terminal;

/// Every kernel on this adapter against exact values: errors in ULP, pass or fail
///
/// First comes what the adapter's own arithmetic does, then one line for each activation and direction, with the worst
/// of the parameter values that are tried, and one for each function of rows; below the tables, every set of values
/// that fails has a line of its own. The exit status is 1 if any fails.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these activations, with the gated functions made of them; a gate's name (`swiglu`) stands for its activation's. Or
    /// formulas, `gelu_erf(x + b[c]) * g`: values and gradients, each result within the bound that its own operands imply. Or softmax,
    /// log_softmax, logsumexp, hardmax, sparsemax, gumbel_softmax and cross_entropy
    names: Vec<String>,

    #[command(flatten)]
    functions: Functions,

    /// Formulas with functions of the table in the place of forms that lose digits, log(1 + exp(u)) and the like
    #[arg(long, requires = "names")]
    stable: bool,

    /// Inputs for each activation, direction and parameter values, 16777216 at most; about as many are taken, spread over all f32
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_INPUTS))]
    inputs: Option<u64>,

    /// Elements of this type in memory; of the 16-bit ones, all 65536
    #[arg(long, value_name = "TYPE", value_parser = parse_storage, default_value = "f32")]
    storage: Storage,

    /// Only the activations by themselves: no gated functions, no learned parameters, no functions of rows
    #[arg(long)]
    elementwise: bool,

    /// Check the CPU's own kernels, without wgpu
    #[arg(long, conflicts_with_all = ["adapter", "backend"])]
    cpu: bool,

    /// Read WGSL from this folder, in place of what was built in: DIR/activations/NAME.wgsl, DIR/gates/NAME.wgsl and
    /// DIR/math/NAME.wgsl, also DIR/math/short/NAME.wgsl and DIR/math/short/f16/NAME.wgsl, as `shaders` has them
    ///
    /// So a change to a shader is tried without compiling anything. Files that the folder lacks are those that were built in;
    /// shells and storage are, too.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["cpu", "measured"])]
    shaders: Option<PathBuf>,

    /// Every f32 there is as input, with the default parameters: 2^32 for each direction, a minute or so of two CPU cores
    ///
    /// The results of each activation are kept; what has not changed since is not run again.
    #[arg(long, conflicts_with_all = ["inputs", "storage"])]
    exhaustive: bool,

    /// Where --exhaustive keeps its results
    #[arg(long, value_name = "FOLDER", default_value = "out/verify", requires = "exhaustive")]
    results: PathBuf,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else (the table goes to standard error)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// A report of another adapter, as --json wrote it: one table then shows all of them, this one last. May be given several
    /// times
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,

    /// Write the accuracy page to this file
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Write JUnit's XML to this file: a test case for each check
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write what was measured to this file, as tests/data/measured.csv; the lines of activations that were not checked stay
    #[arg(long, value_name = "FILE", requires = "exhaustive")]
    measured: Option<PathBuf>,
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    arguments.functions.define()?;
    let apart = arguments.apart()?;
    ensure!(
        !arguments.stable || matches!(apart, Some(Apart::Formulas(_))),
        "--stable is for formulas, and none is named"
    );
    if let Some(apart) = apart {
        return arguments.check_apart(&apart, selection);
    }
    let kinds = arguments.kinds()?;
    let [json, markdown, junit, measured] =
        [&arguments.json, &arguments.markdown, &arguments.junit, &arguments.measured].map(Option::as_deref);
    let outputs = Outputs::new(json, [markdown, junit, measured])?;
    let measured_before = measured.map(measured::read).transpose()?.unwrap_or_default();
    let print = outputs.printer();
    let mut reports = arguments.with.iter().map(|path| read(path)).collect::<Result<Vec<Report>>>()?;
    let report = if arguments.cpu {
        let cpu = Cpu::new();
        arguments.check(&cpu, cpu.adapter(), &kinds, reports.is_empty().then_some(print))?
    } else {
        let mut gpu = selection.open()?;
        if let Some(folder) = &arguments.shaders {
            let shaders = shaders::read(folder)?;
            print(&terminal::wrap("", &shaders::describe(&shaders, folder)))?;
            gpu = gpu.with_shaders(shaders);
        }
        let adapter = adapter::report(gpu.adapter_info());
        arguments.check(&gpu, adapter, &kinds, reports.is_empty().then_some(print))?
    };
    reports.push(report);
    match &reports[..] {
        [report] => print(&table::render(report))?,
        reports => print(&table::render_several(reports))?,
    }
    let own = &reports[reports.len() - 1];
    outputs.write(
        own,
        [&|| Ok(page::text(&reports)), &|| junit::text(&reports), &|| {
            Ok(measured::merged(own, &measured_before))
        }],
    )?;
    Ok(if reports.iter().all(Report::passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What has no row in the table, and a report of its own.
enum Apart {
    Formulas(Vec<Formula>),
    /// Functions of rows.
    Rows(Vec<NamedRows>),
}

impl Apart {
    fn plural(&self) -> &'static str {
        match self {
            Self::Formulas(_) => "formulas",
            Self::Rows(_) => "functions of rows",
        }
    }
}

/// Prints what was checked, and what came out.
fn conclude<C: Serialize>(
    outputs: &Outputs<0>,
    adapter: &Adapter,
    checks: &[C],
    text: &str,
    passes: impl Fn(&C) -> bool,
) -> Result<ExitCode> {
    let print = outputs.printer();
    print(&heading(adapter))?;
    print(text)?;
    outputs.write(&checks, [])?;
    let passed = !checks.is_empty() && checks.iter().all(passes);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A report that an earlier run wrote, held to the bounds of this build.
fn read(path: &Path) -> Result<Report> {
    let shown = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let mut report: Report =
        serde_json::from_slice(&text).with_context(|| format!("{shown} is no report of verify"))?;
    let (adapter, probe) = (&report.adapter, report.probe.as_ref());
    let checks =
        report.checks.into_iter().map(|check| check.held_to_table(adapter, probe)).collect::<Option<_>>();
    let rows = report.rows.into_iter().map(|check| check.held_to_table(adapter)).collect::<Option<_>>();
    let (checks, rows) =
        checks.zip(rows).with_context(|| format!("{shown} has checks that this version does not know"))?;
    (report.checks, report.rows) = (checks, rows);
    Ok(report)
}

/// What is checked: figures without it mean nothing.
fn heading(adapter: &Adapter) -> String {
    let Adapter { driver, wgpu, library, .. } = adapter;
    terminal::wrap("", &adapter::describe(adapter))
        + &terminal::wrap("", &format!("driver {driver}; wgpu {wgpu}, wgpu-activations {library}"))
}

impl Arguments {
    /// Those named, each once, in the table's order; all if none is.
    fn kinds(&self) -> Result<Vec<Kind>> {
        let named = self.names.iter().map(|name| kind_of(name)).collect::<Result<Vec<_>>>()?;
        let wanted = |kind: &Kind| named.is_empty() || named.contains(kind);
        Ok(Kind::ALL.iter().copied().filter(wanted).collect())
    }

    /// What has no row in the table, if the names are such.
    fn apart(&self) -> Result<Option<Apart>> {
        let formulas = self.names.iter().map(|name| self.functions.formula_of(name));
        let formulas = formulas.collect::<Result<Vec<_>>>()?;
        if let Some(formulas) = all_or_none(formulas, "formulas")? {
            return Ok(Some(Apart::Formulas(formulas)));
        }
        let rows = self.names.iter().map(|name| rows_of(name)).collect();
        Ok(all_or_none(rows, "functions of rows")?.map(Apart::Rows))
    }

    fn check_apart(&self, apart: &Apart, selection: &Selection) -> Result<ExitCode> {
        let others = [self.exhaustive, self.markdown.is_some(), self.junit.is_some(), !self.with.is_empty()];
        ensure!(
            !others.contains(&true),
            "what {} come to is reported on the terminal or by --json, and not exhaustively",
            apart.plural()
        );
        if self.cpu {
            let cpu = Cpu::new();
            return self.check_apart_of(&cpu, &cpu.adapter(), apart);
        }
        let gpu = selection.open()?;
        self.check_apart_of(&gpu, &adapter::report(gpu.adapter_info()), apart)
    }

    fn check_apart_of(
        &self,
        subject: &(impl FormulaSubject + RowSubject),
        adapter: &Adapter,
        apart: &Apart,
    ) -> Result<ExitCode> {
        let outputs = Outputs::new(self.json.as_deref(), [])?;
        match apart {
            Apart::Formulas(formulas) => {
                let stable =
                    |formula: &Formula| Ok(if self.stable { formula.stable()?.0 } else { formula.clone() });
                let formulas = formulas.iter().map(stable).collect::<Result<Vec<Formula>>>()?;
                let (checks, notes) = formula::execute(subject, &formulas, self.storage, self.inputs)?;
                let text = formula::render(&checks, &notes);
                conclude(&outputs, adapter, &checks, &text, |check| check.pass)
            }
            Apart::Rows(names) => {
                let checks = softmax::execute(subject, names, self.storage)?;
                conclude(&outputs, adapter, &checks, &softmax::render(&checks), |check| check.pass)
            }
        }
    }

    /// The report on what is described so. Says first what is checked, through `print`.
    fn check(
        &self,
        subject: &impl RowSubject,
        adapter: Adapter,
        kinds: &[Kind],
        print: Option<fn(&str) -> Result<()>>,
    ) -> Result<Report> {
        if let Some(print) = print {
            print(&heading(&adapter))?;
        }
        let mut report = if self.exhaustive {
            exhaustive::run(subject, adapter.clone(), kinds, &self.results, &self.options())?
        } else {
            run(subject, kinds, &self.options())?
        };
        report.adapter = adapter;
        if self.names.is_empty() && !self.elementwise {
            report.rows = run_rows(subject, self.storage)?;
        }
        Ok(report)
    }

    fn options(&self) -> Options {
        let mut options = Options::default();
        options.storage = self.storage;
        options.families = !self.elementwise;
        if let Some(inputs) = self.inputs {
            options.inputs = inputs;
        }
        options
    }
}

/// All functions of rows. How long it takes is no matter of how many are done: a spinner, which indicatif shows on a terminal only.
fn run_rows(subject: &impl RowSubject, storage: Storage) -> Result<Vec<RowCheck>> {
    let spinner = ProgressBar::new_spinner();
    spinner.set_message("functions of rows");
    spinner.enable_steady_tick(Duration::from_millis(200));
    let checks = softmax::execute(subject, &softmax::all(), storage);
    spinner.finish_and_clear();
    checks
}

/// Runs it with a bar, which indicatif shows on a terminal only.
fn run(subject: &impl Subject, kinds: &[Kind], options: &Options) -> Result<Report> {
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}  {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let report = verify::run_blocking(subject, kinds, options, |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.next.to_owned());
    });
    bar.finish_and_clear();
    Ok(report?)
}
