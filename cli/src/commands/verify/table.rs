//! What a run found, for a terminal.

use wgpu_activations::verify::{Check, Report};

use crate::commands::verify::rows;
use crate::terminal::{self, Table};

/// The probe, the table, what the stars at budgets mean, and every failure in full.
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
    text.extend(report.checks.iter().filter(|check| !check.pass).map(failure));
    text + &conclusion(report)
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

/// A line of its own for each set of parameter values that fails.
fn failure(check: &Check) -> String {
    terminal::wrap("", &format!("{} {check}", terminal::styled("FAILED:", terminal::BAD)))
}

/// Several reports: one column of largest errors for each.
pub(super) fn render_several(reports: &[Report]) -> String {
    let titles: Vec<String> = (1..=reports.len()).map(|number| format!("({number})")).collect();
    let titles = ["", "direction"].into_iter().chain(titles.iter().map(String::as_str));
    let titles: Vec<&str> = titles.chain(["budget", ""]).collect();
    let mut table = Table::new(&titles);
    let all = reports.iter().flat_map(|report| &report.checks);
    for checks in rows::of(all) {
        add_several(&mut table, reports, &checks);
    }
    let mut text = String::new();
    for (number, report) in (1..).zip(reports) {
        let inputs = if report.exhaustive { "every f32" } else { "a grid of inputs" };
        text += &terminal::wrap(&format!("({number}) "), &format!("{}; {inputs}", report.adapter));
    }
    text += "\n";
    text += &table.render();
    text += "\n";
    for (number, report) in (1..).zip(reports) {
        text.extend(report.checks.iter().filter(|check| !check.pass).map(failure));
        text += &format!("({number}) {}", conclusion(report));
    }
    text
}

/// The largest error on each adapter, with a mark where that is too much.
fn add_several(table: &mut Table, reports: &[Report], checks: &[&Check]) {
    let first = checks[0];
    let pass = checks.iter().all(|check| check.pass);
    let (result, style) = if pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
    let mut cells = vec![first.activation.clone(), rows::direction(first)];
    cells.extend(reports.iter().map(|report| rows::cell(&report.checks, checks)));
    cells.extend([first.budget.to_string(), result.to_owned()]);
    table.row(cells, style);
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
