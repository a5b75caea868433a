//! `verify`: every kernel on the adapter at hand against the f64 oracle.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use wgpu_activations::verify::{self, Check, Options, Report};
use wgpu_activations::{Floor, Gpu, Kind, Storage};

use crate::adapter::{self, Selection};
use crate::files::{Json, takes_standard_output};
use crate::terminal::{self, Table};

/// Every kernel on this adapter against exact values: errors in ULP, pass or fail
///
/// First comes what the adapter's own arithmetic does, then one line for each activation and direction, with the worst
/// of the parameter values that are tried; below the table, every set of values that fails has a line of its own. The
/// exit status is 1 if any fails.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these activations
    names: Vec<String>,

    /// Inputs for each activation, direction and parameter values; about as many are taken, spread over all f32
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    inputs: Option<u64>,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else (the table goes to standard error)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    let kinds = arguments.kinds()?;
    let json = arguments.json.as_deref().map(Json::new).transpose()?;
    let print = if takes_standard_output(json.as_ref()) { print_beside } else { terminal::print };
    let gpu = selection.open()?;
    let adapter = adapter::report(gpu.adapter_info());
    print(&heading(&adapter))?;
    let mut report = run(&gpu, &kinds, &arguments.options())?;
    report.adapter = adapter;
    print(&render(&report))?;
    if let Some(json) = &json {
        json.write(&report)?;
    }
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is checked: figures without it mean nothing.
fn heading(adapter: &verify::Adapter) -> String {
    let verify::Adapter { driver, wgpu, library, .. } = adapter;
    terminal::wrap("", &adapter::describe(adapter))
        + &terminal::wrap("", &format!("driver {driver}; wgpu {wgpu}, wgpu-activations {library}"))
}

fn print_beside(text: &str) -> Result<()> {
    terminal::print_beside(text);
    Ok(())
}

impl Arguments {
    /// Those named, each once, in the table's order; all if none is.
    fn kinds(&self) -> Result<Vec<Kind>> {
        let named = self.names.iter().map(|name| name.parse()).collect::<Result<Vec<Kind>, _>>()?;
        let wanted = |kind: &Kind| named.is_empty() || named.contains(kind);
        Ok(Kind::ALL.iter().copied().filter(wanted).collect())
    }

    fn options(&self) -> Options {
        let mut options = Options::default();
        if let Some(inputs) = self.inputs {
            options.inputs = inputs;
        }
        options
    }
}

/// Runs it with a bar, which indicatif shows on a terminal only.
fn run(gpu: &Gpu, kinds: &[Kind], options: &Options) -> Result<Report> {
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}  {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let report = verify::run_blocking(gpu, kinds, options, |progress| {
        let activation = progress.activation;
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(format!("{activation} {}", progress.direction.name(activation.kind())));
    });
    bar.finish_and_clear();
    Ok(report?)
}

/// The probe, the table, what the stars at budgets mean, and every failure in full.
fn render(report: &Report) -> String {
    let groups = groups(&report.checks);
    let mut table = Table::new(&["", "direction", "max ULP", "99.9 %", "at input", "budget", ""]);
    for checks in &groups {
        add(&mut table, worst(checks));
    }
    let mut text = String::from("\n");
    text.extend(report.probe.to_string().lines().map(|line| terminal::wrap("", line)));
    text.push('\n');
    text += &table.render();
    text.extend(groups.iter().filter_map(|checks| floor(checks)));
    text.push('\n');
    text.extend(report.checks.iter().filter(|check| !check.pass).map(failure));
    text + &conclusion(report)
}

/// The checks of one activation, direction and storage: the same with several parameter values.
fn groups(checks: &[Check]) -> Vec<Vec<&Check>> {
    let key = |check: &Check| (check.activation, check.direction.clone(), check.storage);
    let mut groups: Vec<Vec<&Check>> = Vec::new();
    for check in checks {
        match groups.iter_mut().find(|group| key(group[0]) == key(check)) {
            Some(group) => group.push(check),
            None => groups.push(vec![check]),
        }
    }
    // The run goes from parameter values to parameter values; a reader wants an activation's directions together.
    let place = |check: &Check| checks.iter().position(|other| other.activation == check.activation);
    groups.sort_by_key(|group| place(group[0]));
    groups
}

/// A failing one first, then that which comes nearest to its budget.
fn worst<'a>(checks: &[&'a Check]) -> &'a Check {
    let share = |check: &Check| check.max_ulp / check.budget;
    let worse = |a: &'a Check, b: &'a Check| {
        let order = b.pass.cmp(&a.pass).then(share(a).total_cmp(&share(b)));
        if order.is_lt() { b } else { a }
    };
    checks.iter().copied().fold(checks[0], worse)
}

fn add(table: &mut Table, check: &Check) {
    let direction = match check.storage {
        Storage::F32 => check.direction.clone(),
        storage => format!("{} {storage}", check.direction),
    };
    let star = if check.floor.is_some() { "*" } else { " " };
    let (result, style) = if check.pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
    let cells = vec![
        check.activation.to_owned(),
        direction,
        terminal::number(rounded_up(check.max_ulp)),
        terminal::number(rounded_up(check.p999_ulp)),
        format!("{:e}", check.worst_input),
        format!("{}{star}", check.budget),
        result.to_owned(),
    ];
    table.row(cells, style);
}

/// To four decimals: an error above its budget must not look like one within.
fn rounded_up(ulp: f64) -> f64 {
    (ulp * 1e4).ceil() / 1e4
}

/// Where an absolute error stands in for the relative one.
fn floor(checks: &[&Check]) -> Option<String> {
    let check = checks.iter().find(|check| check.floor.is_some())?;
    let Floor { absolute, interval: (from, to), why, .. } = check.floor?;
    let line = format!(
        "{} {}: or an absolute error of {absolute:e} for inputs from {from} to {to}: {why}",
        check.activation, check.direction
    );
    Some(terminal::wrap("* ", &line))
}

/// A line of its own for each set of parameter values that fails.
fn failure(check: &Check) -> String {
    terminal::wrap("", &format!("{} {check}", terminal::styled("FAILED:", terminal::BAD)))
}

fn conclusion(report: &Report) -> String {
    let compared = report.checks.iter().map(|check| check.inputs).sum();
    let failed = report.checks.iter().filter(|check| !check.pass).count();
    let total = report.checks.len();
    let result = match failed {
        0 => terminal::styled(&format!("all {total} checks passed"), terminal::GOOD),
        _ => terminal::styled(&format!("{failed} of {total} checks FAILED"), terminal::BAD),
    };
    format!("{result}, {} results compared\n", terminal::thousands(compared))
}
