//! What a run found, for a terminal.

use std::fmt::Display;

use wgpu_activations::verify::{Check, Report, RowCheck};

use crate::commands::verify::rows::{self, Checked};
use crate::commands::verify::softmax;
use crate::terminal::{self, Table};

/// Above the table of what takes whole rows.
const ROWS: &str = "Functions of rows";

/// The probe, the tables, what the stars at budgets mean, and every failure in full.
pub(super) fn render(report: &Report) -> String {
    let groups = rows::of(&report.checks);
    let mut table = Table::new(&["", "direction", "max ULP", "99.9 %", "at input", "budget", ""]);
    for checks in &groups {
        add(&mut table, rows::worst(checks));
    }
    let mut text = String::from("\n");
    let probe = report.probe.as_ref().map(ToString::to_string).unwrap_or_default();
    text.extend(probe.lines().map(|line| terminal::wrap("", line)));
    text.push('\n');
    text += &table.render();
    text.extend(groups.iter().filter_map(|checks| floor(checks)));
    text.push('\n');
    if !report.rows.is_empty() {
        text += &format!("{}{}\n", terminal::heading(ROWS), softmax::table(&report.rows));
    }
    text + &failures(report) + &conclusion(report)
}

fn add(table: &mut Table, check: &Check) {
    let star = if check.floor.is_some() { "*" } else { " " };
    let (result, style) = if check.pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
    let cells = vec![
        check.activation.clone(),
        rows::direction(check),
        terminal::number(rows::rounded_up(check.max_ulp)),
        terminal::number(rows::rounded_up(check.p999_ulp)),
        format!("{:e}", check.worst_input),
        format!("{}{star}", check.budget),
        result.to_owned(),
    ];
    table.row(cells, style);
}

/// Where an absolute error stands in for the relative one.
fn floor(checks: &[&Check]) -> Option<String> {
    let line = checks.iter().find_map(|check| rows::floor(check))?;
    Some(terminal::wrap("* ", &line))
}

/// A line of its own for each set of parameter values, and each tensor, that fails.
fn failures(report: &Report) -> String {
    let elements = report.checks.iter().filter(|check| !check.pass).map(failure);
    elements.chain(report.rows.iter().filter(|check| !check.pass).map(failure)).collect()
}

fn failure(check: &impl Display) -> String {
    terminal::wrap("", &format!("{} {check}", terminal::styled("FAILED:", terminal::BAD)))
}

/// Several reports: one column of largest errors for each.
pub(super) fn render_several(reports: &[Report]) -> String {
    let mut text = String::new();
    for (number, report) in (1..).zip(reports) {
        let inputs = if report.exhaustive { "every f32" } else { "a grid of inputs" };
        text += &terminal::wrap(&format!("({number}) "), &format!("{}; {inputs}", report.adapter));
    }
    let checks: Vec<&[Check]> = reports.iter().map(|report| &report.checks[..]).collect();
    text += &format!("\n{}\n", several(&checks));
    let of_rows: Vec<&[RowCheck]> = reports.iter().map(|report| &report.rows[..]).collect();
    if of_rows.iter().any(|checks| !checks.is_empty()) {
        let legend = terminal::wrap("", softmax::LEGEND);
        text += &format!("{}{}\n{legend}\n", terminal::heading(ROWS), several(&of_rows));
    }
    for (number, report) in (1..).zip(reports) {
        text += &format!("{}({number}) {}", failures(report), conclusion(report));
    }
    text
}

/// The largest error of each column's checks.
fn several<C: Checked>(columns: &[&[C]]) -> String {
    let titles: Vec<String> = (1..=columns.len()).map(|number| format!("({number})")).collect();
    let titles = ["", "direction"].into_iter().chain(titles.iter().map(String::as_str));
    let titles: Vec<&str> = titles.chain(["budget", ""]).collect();
    let mut table = Table::new(&titles);
    for checks in rows::of(columns.iter().copied().flatten()) {
        add_several(&mut table, columns, &checks);
    }
    table.render()
}

/// The largest error on each adapter, with a mark where that is too much.
fn add_several<C: Checked>(table: &mut Table, columns: &[&[C]], checks: &[&C]) {
    let first = checks[0];
    let pass = checks.iter().all(|check| check.shown().pass);
    let (result, style) = if pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
    let mut cells = vec![first.shown().name.to_owned(), rows::direction(first)];
    cells.extend(columns.iter().map(|column| rows::cell(column, checks)));
    cells.extend([first.shown().budget.to_string(), result.to_owned()]);
    table.row(cells, style);
}

fn conclusion(report: &Report) -> String {
    let elements = report.checks.iter().map(|check| (check.pass, check.inputs));
    let checks: Vec<(bool, u64)> =
        elements.chain(report.rows.iter().map(|check| (check.pass, check.results))).collect();
    let compared = checks.iter().map(|(_, results)| results).sum();
    let failed = checks.iter().filter(|(pass, _)| !pass).count();
    let total = checks.len();
    let result = match failed {
        0 => terminal::styled(&format!("all {total} checks passed"), terminal::GOOD),
        _ => terminal::styled(&format!("{failed} of {total} checks FAILED"), terminal::BAD),
    };
    format!("{result}, {} results compared\n", terminal::thousands(compared))
}
