//! `bench`: how fast every kernel is on the adapter at hand, beside copies of the same run.

mod figures;
mod markdown;
mod plot;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use measure::{Broken, Device, Family, Measurement, PROMISED_FROM, Plan, ROW_SHAPES, Report};
use serde::Serialize;
use wgpu_activations::{Formula, Kind, Storage};

use crate::adapter::{self, Selection};
use crate::files::{self, Outputs};
use crate::functions::Functions;
use crate::named::{all_or_none, kind_of, parse_storage};
use crate::terminal;

/// How fast every kernel is on this adapter, as multiples of plain copies in the same run
///
/// Every result is checked, too: a fast one that is wrong fails.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these activations, with the gated functions made of them; a gate's name (`swiglu`) stands for its activation's. Or formulas,
    /// `gelu_erf(x + b[c]) * g`, in f32, their operands in buffers of their own; those with a letter have a value for each element of a
    /// row of 1024
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    functions: Functions,

    /// Elements of each operand
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "65536,16777216",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    sizes: Vec<u64>,

    /// Storage types of the operands
    #[arg(
        long = "storage",
        value_name = "TYPE,TYPE",
        value_delimiter = ',',
        default_value = "f32",
        value_parser = parse_storage
    )]
    storages: Vec<Storage>,

    /// One of the names, as this command once took them
    #[arg(long = "activation", value_name = "NAME", hide = true)]
    activations: Vec<String>,

    /// As --activation
    #[arg(long = "formula", value_name = "FORMULA", hide = true)]
    formulas: Vec<String>,

    /// Only functions of rows, in f32: softmax, log_softmax, sparsemax and cross_entropy, over 4096 x 1024 and 32 x 151936, and along the
    /// middle of 64 x 1000 x 49. Without a name or --rows, these come with the activations
    #[arg(long, conflicts_with_all = ["names", "activations", "formulas", "sizes", "storages", "second", "check", "markdown", "plot"])]
    rows: bool,

    /// Second derivatives as well
    #[arg(long, conflicts_with_all = ["markdown", "plot"])]
    second: bool,

    /// Exit with status 1 where a promised ratio is missed, and say which
    #[arg(long)]
    check: bool,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else (the table goes to standard error)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the report as a document to this file
    #[arg(long, value_name = "FILE.md")]
    markdown: Option<PathBuf>,

    /// Draw the largest size's ratios into this file; the document shows it
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    arguments.functions.define()?;
    if arguments.rows {
        return arguments.bench_rows(selection);
    }
    if let Some(formulas) = arguments.wanted_formulas()? {
        return arguments.bench_formulas(&formulas, selection);
    }
    let plan = arguments.plan()?;
    let [json, markdown, plot] =
        [&arguments.json, &arguments.markdown, &arguments.plot].map(Option::as_deref);
    let outputs = Outputs::new(json, [markdown, plot])?;
    let figure = files::figure(markdown, plot)?;
    let print = outputs.printer();
    let device = Device::open(&selection.options()?)?;
    let mut report = run(&device, &plan)?;
    report.adapter = adapter::report(device.gpu.adapter_info());
    print(&table::render(&report))?;
    let document = || Ok(markdown::render(&report, figure.as_deref()));
    outputs.write(&report, [&document, &|| plot::render(&report)])?;
    let broken = measure::broken(&report);
    print(&conclusion(&report, &broken))?;
    let wrong = report.results.iter().any(|result| !result.correct)
        || report.families.iter().any(|result| !result.correct);
    Ok(if wrong || arguments.check && !broken.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Which results are wrong, and which are slower than promised.
fn conclusion(report: &Report, broken: &[Broken]) -> String {
    let wrong = report.results.iter().filter(|result| !result.correct);
    let wrong: String = wrong
        .map(|result| {
            let Measurement { parameters, direction, storage, elements, max_ulp, .. } = result;
            format!("WRONG: {parameters} {direction} {storage}, {elements} elements: off by {max_ulp} ulp\n")
        })
        .collect();
    let families = report.families.iter().filter(|result| !result.correct);
    let wrong = families.fold(wrong, |wrong, result| {
        let Family { name, direction, storage, elements, .. } = result;
        wrong + &format!("WRONG: {name} {direction} {storage}, {elements} elements\n")
    });
    let promised = report.results.iter().filter(|result| result.promised_ratio.is_some()).count();
    let slow: String = broken.iter().map(|promise| terminal::wrap("", &format!("slow: {promise}"))).collect();
    let kept = match (promised, broken.len()) {
        (0, 0) => {
            format!("ratios are promised for {} elements or more\n", terminal::thousands(PROMISED_FROM))
        }
        (_, 0) => "every promised ratio is kept\n".to_owned(),
        (_, count) => format!("{count} promised figures are missed\n"),
    };
    format!("\n{wrong}{slow}{kept}")
}

impl Arguments {
    fn all_names(&self) -> impl Iterator<Item = &str> {
        [&self.names, &self.activations, &self.formulas].into_iter().flatten().map(String::as_str)
    }

    /// The formulas, if the names are such.
    fn wanted_formulas(&self) -> Result<Option<Vec<Formula>>> {
        let formulas =
            self.all_names().map(|name| self.functions.formula_of(name)).collect::<Result<Vec<_>>>()?;
        let formulas = all_or_none(formulas, "formulas")?;
        let others = [self.check, self.second, self.markdown.is_some(), self.plot.is_some()];
        ensure!(
            formulas.is_none() || (self.storages == [Storage::F32] && !others.contains(&true)),
            "formulas are measured in f32, and reported on the terminal or by --json"
        );
        Ok(formulas)
    }

    fn bench_formulas(&self, formulas: &[Formula], selection: &Selection) -> Result<ExitCode> {
        self.bench_apart(selection, table::render_formulas, |device| {
            let sizes =
                self.sizes.iter().flat_map(|size| formulas.iter().map(move |formula| (formula, *size)));
            sizes.map(|(formula, size)| measure::formula(device, formula, size)).collect()
        })
    }

    fn bench_rows(&self, selection: &Selection) -> Result<ExitCode> {
        self.bench_apart(selection, table::render_rows, |device| {
            let measured = ROW_SHAPES.into_iter().map(|shape| measure::rows(device, shape));
            Ok(measured.collect::<Result<Vec<_>>>()?.concat())
        })
    }

    /// Measures what has a report of its own.
    fn bench_apart<M: Serialize>(
        &self,
        selection: &Selection,
        render: fn(&[M]) -> String,
        measure: impl Fn(&Device) -> Result<Vec<M>>,
    ) -> Result<ExitCode> {
        let outputs = Outputs::new(self.json.as_deref(), [])?;
        let device = Device::open(&selection.options()?)?;
        let measured = measure(&device)?;
        let print = outputs.printer();
        print(&terminal::wrap("", &adapter::describe(&adapter::report(device.gpu.adapter_info()))))?;
        print(&render(&measured))?;
        outputs.write(&measured, [])?;
        Ok(ExitCode::SUCCESS)
    }

    fn plan(&self) -> Result<Plan> {
        let named = self.all_names().map(kind_of).collect::<Result<Vec<Kind>>>()?;
        let wanted = |kind: &Kind| named.is_empty() || named.contains(kind);
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.dedup();
        let storages = Storage::ALL.iter().copied().filter(|storage| self.storages.contains(storage));
        ensure!(
            !self.check || sizes.iter().any(|&size| size >= PROMISED_FROM),
            "--check: ratios are promised for {} elements or more: add such a size",
            PROMISED_FROM
        );
        Ok(Plan {
            kinds: Kind::ALL.iter().copied().filter(wanted).collect(),
            sizes,
            storages: storages.collect(),
            second: self.second,
            rows: named.is_empty(),
        })
    }
}

/// Runs it with a bar, which indicatif shows on a terminal only.
fn run(device: &Device, plan: &Plan) -> Result<Report> {
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}  {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let report = measure::run(device, plan, |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.next);
    });
    bar.finish_and_clear();
    report
}
