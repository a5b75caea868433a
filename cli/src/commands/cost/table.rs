//! The report on the terminal.

use measure::cost::{Cost, Report, Row};

use crate::terminal::{self, PLAIN, Table};

pub(super) fn render(report: &Report) -> String {
    let mut text = terminal::wrap("", &how(report)) + &terminal::wrap("", LEGEND);
    for (direction, rows) in groups(&report.kernels) {
        text += &(String::from("\n") + &terminal::heading(&direction) + &render_rows(report, &rows));
    }
    if !report.rows.is_empty() {
        text += &(String::from("\n") + &terminal::wrap("", ROWS));
    }
    for (direction, rows) in groups(&report.rows) {
        let title = format!("{direction}, functions of rows");
        text += &(String::from("\n") + &terminal::heading(&title) + &render_functions(&rows));
    }
    for (direction, rows) in groups(&report.builtins) {
        let title = format!("{direction}, as written with WGSL's builtins");
        text += &(String::from("\n") + &terminal::heading(&title) + &render_rows(report, &rows));
    }
    text
}

/// `Compiled, not run: by Mesa 22.3.6 for navi21 (RDNA 2), ...`
pub(super) fn how(report: &Report) -> String {
    let families = report.families.iter().map(|family| format!("{} ({})", family.name, family.architecture));
    let families = families.collect::<Vec<_>>().join(", ");
    format!("Compiled, not run: by {} for {families}.", report.driver)
}

const LEGEND: &str = "Cost of an element, registers (and after + how many were spilled, if any) and waves for these three, divided by strokes; * beside a cost: \
    a loop was left, whose weight is estimated for f32. Then the cost as a part of memory's time on four cards: above 1, memory waits.";

const ROWS: &str = "Functions of rows: machine code with its loops, as often as they run over so many rows of so many elements: cost of an element, and what of it \
    lies in the loops over elements. The rest is a row's own. LDS is the memory of a workgroup, in bytes.";

/// Without scalar registers, for which 100 columns have no room: `--json` and `--markdown` tell them.
fn render_functions(rows: &[&Row]) -> String {
    let mut table = Table::new(&["", "", "rows", "cost", "in loops", "VGPRs", "waves", "LDS"]);
    for row in rows {
        let told = |value: fn(&Cost) -> u64| each(row, |cost| value(cost).to_string());
        let cells = vec![
            row.name.to_owned(),
            row.storage.to_string(),
            row.shape.map_or(String::new(), |[rows, size]| format!("{rows} x {size}")),
            each(row, whole),
            each(row, in_passes),
            told(|cost| cost.statistics.vgprs) + &spilled(row),
            told(|cost| cost.statistics.waves),
            told(|cost| cost.statistics.lds_bytes),
        ];
        table.row(cells, PLAIN);
    }
    table.render()
}

/// A cost of rows, in which no loop is estimated.
pub(super) fn whole(cost: &Cost) -> String {
    format!("{:.0}", cost.cost)
}

pub(super) fn in_passes(cost: &Cost) -> String {
    cost.in_passes.map_or(String::new(), |cost| format!("{cost:.0}"))
}

/// Rows by direction, in their order.
pub(super) fn groups(rows: &[Row]) -> Vec<(String, Vec<&Row>)> {
    let mut groups: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(direction, _)| *direction == row.direction) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((row.direction.clone(), vec![row])),
        }
    }
    groups
}

fn render_rows(report: &Report, rows: &[&Row]) -> String {
    let mut titles = vec!["", "", "cost", "VGPRs", "SGPRs", "waves"];
    titles.extend(report.cards.iter().map(|card| card.short));
    let mut table = Table::new(&titles);
    for row in rows {
        let told = |value: fn(&Cost) -> u64| each(row, |cost| value(cost).to_string());
        let mut cells = vec![
            row.name.to_owned(),
            row.storage.to_string(),
            each(row, cost),
            told(|cost| cost.statistics.vgprs) + &spilled(row),
            told(|cost| cost.statistics.sgprs),
            told(|cost| cost.statistics.waves),
        ];
        cells.extend(row.fractions.iter().map(|fraction| short(fraction.of_memory_time)));
        table.row(cells, PLAIN);
    }
    table.render()
}

/// How many registers did not fit, where one did not.
pub(super) fn spilled(row: &Row) -> String {
    let any = row.costs.iter().any(|cost| cost.statistics.spills > 0);
    if any { format!(" +{}", each(row, |cost| cost.statistics.spills.to_string())) } else { String::new() }
}

/// One value for each family; once where all have the same.
pub(super) fn each(row: &Row, of: impl Fn(&Cost) -> String) -> String {
    let mut values: Vec<String> = row.costs.iter().map(of).collect();
    if values.iter().all(|value| *value == values[0]) {
        values.truncate(1);
    }
    values.join("/")
}

pub(super) fn cost(cost: &Cost) -> String {
    let mark = if cost.statistics.loop_depth > 0 { "*" } else { "" };
    format!("{:.0}{mark}", cost.cost)
}

/// Two digits behind the point, or fewer where there are two before it.
pub(super) fn short(value: f64) -> String {
    if value < 9.995 { format!("{value:.2}") } else { format!("{value:.1}") }
}
