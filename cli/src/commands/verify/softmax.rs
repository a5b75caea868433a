//! Functions of rows, over rows that are made to hurt.

use anyhow::Result;
use wgpu_activations::verify::{self, RowCheck, RowSubject};
use wgpu_activations::{RowFunction, SoftmaxKind, Storage, Targets};

use crate::commands::verify::rows;
use crate::named::{NamedRows, rows_of};
use crate::terminal::{self, Table};

/// What the figures of gradients mean.
pub(super) const LEGEND: &str = "gradients in ULP of the size of their terms";

/// All that have a name.
pub(super) fn all() -> Vec<NamedRows> {
    RowFunction::NAMED.iter().filter_map(|named| rows_of(named.name)).collect()
}

/// Each once, whatever it is called: softmin is softmax with a scale of -1, which softmax's checks have.
pub(super) fn execute(
    subject: &impl RowSubject,
    names: &[NamedRows],
    storage: Storage,
) -> Result<Vec<RowCheck>> {
    let wanted = |kind: &SoftmaxKind| {
        names.iter().any(|name| matches!(name, NamedRows::Softmax(own, _) if own == kind))
    };
    let softmaxes: Vec<SoftmaxKind> = SoftmaxKind::ALL.iter().copied().filter(wanted).collect();
    let mut checks = pollster::block_on(verify::softmax(subject, &softmaxes, storage))?;
    if names.contains(&NamedRows::Gumbel) {
        checks.extend(pollster::block_on(verify::gumbel_softmax(subject, storage))?);
    }
    if names.contains(&NamedRows::CrossEntropy) {
        checks.extend(pollster::block_on(verify::cross_entropy(subject, Targets::ALL, storage))?);
    }
    Ok(checks)
}

/// A line for each function and direction, with its worst tensor; below the table, that tensor.
pub(super) fn render(checks: &[RowCheck]) -> String {
    let worst = rows::of(checks).into_iter().map(|checks| rows::worst(&checks).to_string());
    let worst: String = worst.map(|line| terminal::wrap("", &line)).collect();
    format!("\n{}{worst}", table(checks))
}

/// The lines alone.
pub(super) fn table(checks: &[RowCheck]) -> String {
    let mut table = Table::new(&["", "direction", "max ULP", "budget", ""]);
    for checks in rows::of(checks) {
        add(&mut table, rows::worst(&checks));
    }
    let legend = terminal::wrap("", &format!("{} tensors; {LEGEND}", checks.len()));
    format!("{}\n{legend}", table.render())
}

fn add(table: &mut Table, check: &RowCheck) {
    let (result, style) = if check.pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
    let cells = vec![
        check.function.clone(),
        rows::direction(check),
        terminal::number(rows::rounded_up(check.max_ulp)),
        check.budget.to_string(),
        result.to_owned(),
    ];
    table.row(cells, style);
}
