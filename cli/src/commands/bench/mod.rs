//! `bench`: how fast every kernel is on the adapter at hand, beside copies of the same run.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use measure::{Device, Plan, Report};
use wgpu_activations::Kind;

use crate::adapter::{self, Selection};
use crate::files::{Json, takes_standard_output};
use crate::terminal;

/// How fast every kernel is on this adapter, as multiples of plain copies in the same run
///
/// Every result is checked, too: a fast one that is wrong fails.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Elements of each operand
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "65536,16777216",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    sizes: Vec<u64>,

    /// Only this activation; may be given several times
    #[arg(long = "activation", value_name = "NAME")]
    activations: Vec<String>,

    /// Exit with status 1 where a promised ratio is missed, and say which
    #[arg(long)]
    check: bool,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else (the table goes to standard error)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    let plan = arguments.plan()?;
    let json = arguments.json.as_deref().map(Json::new).transpose()?;
    let print = if takes_standard_output(json.as_ref()) { print_beside } else { terminal::print };
    let device = Device::open(&selection.options()?)?;
    let mut report = run(&device, &plan)?;
    report.adapter = adapter::report(device.gpu.adapter_info());
    print(&table::render(&report))?;
    if let Some(json) = &json {
        json.write(&report)?;
    }
    let wrong = report.results.iter().filter(|result| !result.correct).count();
    let broken = measure::broken(&report);
    for promise in &broken {
        print(&format!("{promise}\n"))?;
    }
    Ok(if wrong == 0 && !(arguments.check && !broken.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_beside(text: &str) -> Result<()> {
    terminal::print_beside(text);
    Ok(())
}

impl Arguments {
    fn plan(&self) -> Result<Plan> {
        let named = self.activations.iter().map(|name| name.parse()).collect::<Result<Vec<Kind>, _>>()?;
        let wanted = |kind: &Kind| named.is_empty() || named.contains(kind);
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.dedup();
        ensure!(
            !self.check || sizes.iter().any(|&size| size >= measure::PROMISED_FROM),
            "--check: ratios are promised for {} elements or more: add such a size",
            measure::PROMISED_FROM
        );
        Ok(Plan { kinds: Kind::ALL.iter().copied().filter(wanted).collect(), sizes })
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
