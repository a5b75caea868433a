//! The report on the terminal.

use measure::{Formulated, Report, RowsMeasured};

use super::figures::{self, COLUMNS, Group};
use crate::adapter;
use crate::terminal::{self, Table};

/// What is measured: figures without it mean nothing.
pub(super) fn render(report: &Report) -> String {
    let mut text = terminal::wrap("", &adapter::describe(&report.adapter));
    text += &terminal::wrap("", &figures::versions(report));
    text.extend(figures::facts(report).iter().map(|fact| terminal::wrap("", fact)));
    for group in figures::groups(report) {
        text += &render_group(&group, report);
    }
    text += &render_families(report);
    if !report.rows.is_empty() {
        text += &render_rows(&report.rows);
    }
    text.push('\n');
    text.extend(LEGEND.iter().map(|(title, meaning)| terminal::wrap(&format!("{title:<8}  "), meaning)));
    text
}

fn render_group(group: &Group<'_>, report: &Report) -> String {
    let mut text = format!("\n{}", terminal::heading(&group.title()));
    text.extend(group.baselines(report).iter().map(|line| terminal::wrap("", line)));
    let titles: Vec<&str> =
        std::iter::once("").chain(COLUMNS.iter().map(|column| column.title)).chain([""]).collect();
    let mut table = Table::new(&titles);
    for result in &group.results {
        let name = result.activation.to_owned();
        let values = COLUMNS.iter().map(|column| (column.value)(result));
        let verdict = figures::verdict(result).to_owned();
        table.row(std::iter::once(name).chain(values).chain([verdict]).collect(), terminal::BAD);
    }
    text + &table.render()
}

fn render_families(report: &Report) -> String {
    if report.families.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&figures::FAMILY_TITLES);
    for result in &report.families {
        table.row(figures::family(result).to_vec(), terminal::BAD);
    }
    let heading = terminal::heading("Gated functions and gradients of parameters");
    format!("\n{heading}{}{}", terminal::wrap("", figures::FAMILY_LEGEND), table.render())
}

const LEGEND: &[(&str, &str)] = &[
    ("ns", "nanoseconds an element, the median of several rounds"),
    ("x copy", "as a multiple of the copy kernel, which is the fastest of several that are written by hand"),
    ("x buf", "as a multiple of copy_buffer_to_buffer"),
    ("4 B off", "as x copy, but with x 4 bytes off its alignment"),
    ("wait us", "microseconds from recording to the end of waiting, the data being on the device"),
    ("1 thr", "nanoseconds an element on the CPU: one thread, and all of them"),
    (
        "cross",
        "the elements from which on submit-and-wait beats the CPU's threads; none: not even over the largest size",
    ),
];

/// Formulas beside copies with as many operands, and on the CPU; all but the ratio in nanoseconds an element.
pub(super) fn render_formulas(measured: &[Formulated]) -> String {
    let titles =
        ["elements", "ns/element", "copy kernel", "driver's copy", "CPU, 1 thread", "all", "formula"];
    let mut table = Table::new(&titles);
    for one in measured {
        let cells = vec![
            terminal::thousands(one.elements),
            figures::short(one.ns_per_element),
            format!("{:.2} x", one.ratio_to_copy_kernel),
            figures::short(one.buffer_copy_ns_per_element),
            figures::short(one.one_thread_ns_per_element),
            figures::short(one.all_threads_ns_per_element),
            one.formula.clone(),
        ];
        table.row(cells, terminal::PLAIN);
    }
    format!("\n{}", table.render())
}

/// Functions of rows beside copies.
pub(super) fn render_rows(measured: &[RowsMeasured]) -> String {
    let mut table = Table::new(&figures::ROW_TITLES);
    for one in measured {
        table.row(figures::of_rows(one).to_vec(), terminal::PLAIN);
    }
    let heading = terminal::heading("Functions of rows");
    format!("\n{heading}{}{}", terminal::wrap("", figures::ROW_LEGEND), table.render())
}
