//! The report as docs/performance.md.

use measure::{Copies, Report, RowsMeasured, SIXTEEN_BITS};
use wgpu_activations::Storage;

use super::figures::{self, COLUMNS, Group};
use crate::adapter;
use crate::terminal;

/// `figure` is the plot's path from the document, if there is one.
pub(super) fn render(report: &Report, figure: Option<&str>) -> String {
    let mut text = format!(
        "# Performance\n\nWritten by `wgpu-activations bench --markdown`; do not edit it.\n\n- adapter: {}\n- {}\n",
        adapter::describe(&report.adapter),
        figures::versions(report)
    );
    text.extend(figures::facts(report).iter().map(|fact| format!("- {fact}\n")));
    text += METHOD;
    if report.results.iter().any(|result| result.storage != Storage::F32) {
        text += &format!(
            "What is promised of 16 bits is the time of an element: at most {SIXTEEN_BITS} times that of f32.\n"
        );
    }
    if let Some(figure) = figure {
        text += &format!(
            "\n![Time of each activation as a multiple of the copy kernel][figure]\n\n[figure]: {figure}\n"
        );
    }
    for group in figures::groups(report) {
        text += &render_group(&group, report);
    }
    text + &families(report) + &rows(&report.rows) + &shapes(report)
}

const METHOD: &str = "
Times are medians of several rounds, in each of which kernel and copies run one after the other; ratios are medians of the
rounds' ratios. Compare ratios, not nanoseconds: another machine, and this one when it is busy, has others. Every element of
every result was checked against the f64 oracle.
";

fn render_group(group: &Group<'_>, report: &Report) -> String {
    let mut text = format!("\n## {}\n\n", group.title());
    text.extend(group.baselines(report).iter().map(|line| format!("- {line}\n")));
    let titles =
        std::iter::once("activation").chain(COLUMNS.iter().map(|column| column.long)).chain(["promised"]);
    text += &format!("\n| {} |\n", titles.collect::<Vec<_>>().join(" | "));
    // Names flush left, numbers flush right.
    text += &format!("|---|---{}|\n", "|---:".repeat(COLUMNS.len()));
    for result in &group.results {
        let promised = match (figures::verdict(result), result.promised_ratio) {
            ("", Some(promised)) => format!("{promised}"),
            (verdict, Some(promised)) => format!("{promised}: **{verdict}**"),
            (verdict, None) => verdict.to_owned(),
        };
        let values = COLUMNS.iter().map(|column| (column.value)(result));
        let cells: Vec<String> =
            std::iter::once(format!("`{}`", result.parameters)).chain(values).chain([promised]).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn families(report: &Report) -> String {
    let table = "|---|---|---|---:|---:|---:|---|";
    let head = ["Gated functions and gradients of parameters", figures::FAMILY_LEGEND, table];
    section(head, figures::FAMILY_TITLES, report.families.iter().map(figures::family))
}

fn rows(measured: &[RowsMeasured]) -> String {
    let head = ["Functions of rows", figures::ROW_LEGEND, "|---|---|---:|---:|---:|"];
    section(head, figures::ROW_TITLES, measured.iter().map(figures::of_rows))
}

/// Nothing where there are no lines.
fn section<const COLUMNS: usize>(
    [title, legend, alignment]: [&str; 3],
    titles: [&str; COLUMNS],
    lines: impl ExactSizeIterator<Item = [String; COLUMNS]>,
) -> String {
    if lines.len() == 0 {
        return String::new();
    }
    let mut text = format!("\n## {title}\n\n{legend}\n\n| {} |\n{alignment}\n", titles.join(" | "));
    text.extend(lines.map(|line| format!("| {} |\n", line.join(" | "))));
    text
}

/// What the number of words for each invocation is chosen by.
fn shapes(report: &Report) -> String {
    let largest = figures::largest(report);
    let wanted = |copies: &&Copies| copies.elements == largest && copies.storage == Storage::F32;
    let copies: Vec<&Copies> = report.copies.iter().filter(wanted).collect();
    let Some(first) = copies.first() else { return String::new() };
    let mut text = format!(
        "\n## Workgroups and words\n\nThe copy kernels that were tried over {} f32, nanoseconds an element.\n\n\
         | workgroup | 16-byte words an invocation | order | one input | two inputs |\n|---:|---:|---|---:|---:|\n",
        terminal::thousands(largest)
    );
    for (index, tried) in first.tried.iter().enumerate() {
        let times = copies.iter().filter_map(|copies| copies.tried.get(index));
        let times: Vec<String> = times.map(|tried| figures::short(tried.ns / largest as f64)).collect();
        let order = if tried.shape.interleaved { "interleaved" } else { "in a row" };
        text += &format!(
            "| {} | {} | {order} | {} |\n",
            tried.shape.workgroup,
            tried.shape.words,
            times.join(" | ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the command, this takes all that there is to measure: minutes.
    #[test]
    fn functions_of_rows_are_a_table() {
        let softmax = RowsMeasured {
            function: "softmax",
            direction: "backward_from_output",
            shape: [32, 151_936, 1],
            ns_per_element: 0.012_345,
            ratio_to_copy_kernel: 1.456,
        };
        let text = rows(&[softmax.clone(), RowsMeasured { function: "cross_entropy", ..softmax }]);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        let expected = [
            "|  | direction | shape | ns | x copy |",
            "|---|---|---:|---:|---:|",
            "| softmax | backward_from_output | 32 x 151,936 x 1 | 0.0123 | 1.46 |",
            "| cross_entropy | backward_from_output | 32 x 151,936 x 1 | 0.0123 | 1.46 |",
        ];
        assert_eq!(lines, expected);
        assert!(text.starts_with("\n## Functions of rows\n\nIn f32, "), "{text}");
        assert_eq!(rows(&[]), "");
    }
}
