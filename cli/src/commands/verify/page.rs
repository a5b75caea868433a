//! The accuracy page, in Markdown: wholly written here, so that every figure in it was measured.

use std::fmt::Write;

use wgpu_activations::Kind;
use wgpu_activations::verify::{Adapter, Check, PATTERNS, Probe, Report, RowCheck};

use crate::commands::verify::rows::{self, Checked};
use crate::terminal;

const HEAD: &str = "\
# Accuracy

Written by `wgpu-activations verify --markdown`: not by hand.

Errors are in units in the last place (ULP) of the exact result: |computed - exact| / ulp(exact), exact from the f64 oracle
for the f32 values of the parameters. Each figure is the largest error over all inputs of its column, rounded up to four
decimals; a `!` marks one above the budget that the table of activations states, or above the one in brackets beside it, which is for
adapters whose division is not correctly rounded (WGSL allows 2.5 ULP). Where the exact result is below the
smallest normal f32, 2^-126, being off by less than that counts as no error, as adapters may flush subnormal numbers to zero.
A `*` at a budget: see [absolute errors](#absolute-errors). Beyond the domain of a bound (snake: |alpha x| > 1000), results
are finite.

";

const DEFAULTS: &str = "\
## Default parameters

For `threshold`, which has no defaults, the first values that the table tries. \"99.9 %\" and \"at\" belong to column 1: the error that
99.9 % of all inputs do not exceed, and the input of the largest error.

";

const OTHERS: &str = "\
## Other parameters

The largest errors with the further parameter values that the table tries, hard ones among them.

";

const FAMILIES: &str = "\
## Gated functions and learned parameters

`gated_forward` and the two gradients: value · activation(gate), with default parameters. Half an ULP for rounding the product is
taken off, and the rest is in ULP of the activation, so that the activation's own budget holds (`gated_backward_gate`: of its product
with value and dy). `clamped_swiglu` is in ULP of its results. `learned_`: parameters in buffers, by channel. `gradient_`: sums of 1024
terms, in units of 2^-23 of the sum of their magnitudes; the budget is what is documented for any order of terms.

";

const ROWS: &str = "\
## Functions of rows

softmax and its family over rows of 1 to 4194304 elements, along the last axis and another: of large spread, of equal and of ascending
elements, with one that outweighs all, with masks, infinities and NaN, a bias and sinks, at three scales. Results are in ULP of the exact
ones, gradients in ULP of the size of their terms. What is taken from x, y is computed for anew: hence twice the budget.

";

const FLOORS: &str = "\
## Absolute errors

Beside a zero of the derivative (or of xielu itself), where terms cancel, an absolute error may stand in for the relative one.
There, errors are scaled so that the whole allowance counts as the budget.

";

pub(super) fn text(reports: &[Report]) -> String {
    let (mut reports, grids): (Vec<&Report>, Vec<&Report>) =
        reports.iter().partition(|report| report.exhaustive);
    reports.extend(grids);
    let defaults = |check: &&Check| check.is_elementwise() && is_default(check);
    let others = |check: &&Check| check.is_elementwise() && !is_default(check);
    let of = |report: &Report, wanted: &dyn Fn(&&Check) -> bool| -> Vec<Check> {
        report.checks.iter().filter(|check| wanted(check)).cloned().collect()
    };
    let columns = |wanted: &dyn Fn(&&Check) -> bool| -> Vec<Vec<Check>> {
        reports.iter().map(|report| of(report, wanted)).collect()
    };
    let floors = rows::of(reports.iter().flat_map(|report| &report.checks));
    let with_floor = |row: &Vec<&Check>| {
        let own = row.iter().filter(|check| check.floor.is_some());
        own.min_by(|a, b| a.budget.total_cmp(&b.budget)).and_then(|check| rows::floor(check))
    };
    let floors = floors.iter().filter_map(with_floor);
    let floors: String = floors.map(|line| format!("- {line}\n")).collect();
    [
        HEAD,
        &adapters(&reports),
        DEFAULTS,
        &table(&columns(&defaults), Some(details)),
        OTHERS,
        &table(&columns(&others), None),
        FAMILIES,
        &table(&columns(&|check| !check.is_elementwise()), None),
        &of_rows(&reports),
        FLOORS,
        &floors,
    ]
    .concat()
}

/// Nothing where no report has any.
fn of_rows(reports: &[&Report]) -> String {
    let columns: Vec<&[RowCheck]> = reports.iter().map(|report| &report.rows[..]).collect();
    if columns.iter().all(|column| column.is_empty()) {
        return String::new();
    }
    ROWS.to_owned() + &table(&columns, None)
}

fn is_default(check: &Check) -> bool {
    let kind = check.activation.parse::<Kind>().ok();
    let first = kind.and_then(|kind| kind.samples().first().copied());
    first.is_some_and(|activation| activation.to_string() == check.parameters)
}

/// What was checked, and how.
fn adapters(reports: &[&Report]) -> String {
    let mut text = String::from("## Adapters\n\n");
    for (number, report) in (1..).zip(reports) {
        let Adapter { adapter, backend, driver, kind, wgpu, library, .. } = &report.adapter;
        let _ = writeln!(
            text,
            "{number}. {adapter}, {backend}, {kind}; driver {driver}; wgpu {wgpu}, wgpu-activations {library}. {}{}{}",
            inputs(report),
            rows_compared(&report.rows),
            report.probe.as_ref().map(arithmetic).unwrap_or_default()
        );
    }
    text + "\n"
}

fn inputs(report: &Report) -> String {
    let results = |checks: &[&Check]| terminal::thousands(checks.iter().map(|check| check.inputs).sum());
    let all: Vec<&Check> = report.checks.iter().collect();
    if report.exhaustive {
        let (every, other): (Vec<&Check>, Vec<&Check>) = all.iter().partition(|check| check.is_elementwise());
        let (compared, checks) = (results(&every), every.len());
        let all = terminal::thousands(PATTERNS);
        return format!(
            "Every f32 as x ({all} bit patterns; from the output, those that the function returns), dy = 1, and the grid of the \
             other columns with random, infinite, NaN and 0 dy: {compared} results of {checks} directions. Gated functions and \
             learned parameters over the grid: {} results of {} checks.",
            results(&other),
            other.len()
        );
    }
    let (compared, checks) = (results(&all), all.len());
    let most = terminal::thousands(report.checks.iter().map(|check| check.inputs).max().unwrap_or(0));
    format!(
        "A grid over all bit patterns and around points that have been wrong elsewhere, dy = 1, random dy, infinite, NaN and 0 \
         dy: {compared} results of {checks} checks, up to {most} each."
    )
}

fn rows_compared(checks: &[RowCheck]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let compared = terminal::thousands(checks.iter().map(|check| check.results).sum());
    format!(" Functions of rows: {compared} results of {} checks.", checks.len())
}

fn arithmetic(probe: &Probe) -> String {
    let Probe { divide_ulp, sqrt_ulp, fuses, keeps_subnormals, .. } = probe;
    let fuses = if *fuses { "fuses" } else { "does not fuse" };
    let subnormals = if *keeps_subnormals { "keeps" } else { "flushes" };
    format!(
        " Its arithmetic: division within {divide_ulp:.2} ULP, square root within {sqrt_ulp:.2}; {fuses} multiplication and \
         addition; {subnormals} subnormal results."
    )
}

/// Rows are directions, columns adapters; with details of the first column, or without.
fn table<C: Checked>(columns: &[impl AsRef<[C]>], details: Option<fn(&C) -> [String; 2]>) -> String {
    let numbers: Vec<String> = (1..=columns.len()).map(|number| number.to_string()).collect();
    let mut titles = vec![C::WHAT, "direction", "budget"];
    titles.extend(numbers.iter().map(String::as_str));
    if details.is_some() {
        titles.extend(["99.9 %", "at"]);
    }
    let mut text = format!("| {} |\n|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
    for row in rows::of(columns.iter().flat_map(AsRef::as_ref)) {
        let first = row[0];
        let mut cells = vec![first.shown().name.to_owned(), rows::direction(first), rows::budget(&row)];
        cells.extend(columns.iter().map(|column| rows::cell(column.as_ref(), &row)));
        if let Some(details) = details {
            if columns[0].as_ref().iter().any(|own| std::ptr::eq(own, first)) {
                cells.extend(details(first));
            } else {
                cells[3] = "not yet measured".to_owned();
                cells.extend([String::new(), String::new()]);
            }
        }
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text + "\n"
}

fn details(check: &Check) -> [String; 2] {
    [terminal::number(rows::rounded_up(check.p999_ulp)), format!("{:e}", check.worst_input)]
}
