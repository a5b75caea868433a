//! Functions of rows, over rows that are made to hurt.

use anyhow::Result;
use wgpu_activations::verify::{self, RowCheck, RowSubject};
use wgpu_activations::{SoftmaxKind, Storage, Targets};

use crate::named::NamedRows;
use crate::terminal::{self, Table};

/// softmin is softmax with a scale of -1, which softmax's checks have.
pub(super) fn execute(
    subject: &impl RowSubject,
    names: &[NamedRows],
    storage: Storage,
) -> Result<Vec<RowCheck>> {
    let softmaxes = names.iter().filter_map(|name| match name {
        NamedRows::Softmax(kind, _) => Some(*kind),
        NamedRows::Gumbel | NamedRows::CrossEntropy => None,
    });
    let softmaxes: Vec<SoftmaxKind> = softmaxes.collect();
    let mut checks = pollster::block_on(verify::softmax(subject, &softmaxes, storage))?;
    if names.contains(&NamedRows::Gumbel) {
        checks.extend(pollster::block_on(verify::gumbel_softmax(subject, storage))?);
    }
    if names.contains(&NamedRows::CrossEntropy) {
        checks.extend(pollster::block_on(verify::cross_entropy(subject, Targets::ALL, storage))?);
    }
    Ok(checks)
}

/// A line for each function and direction, with its worst tensor.
pub(super) fn render(checks: &[RowCheck]) -> String {
    let mut worst: Vec<&RowCheck> = Vec::new();
    for check in checks {
        let alike =
            |other: &&mut &RowCheck| (other.function, other.direction) == (check.function, check.direction);
        match worst.iter_mut().find(alike) {
            Some(other) if other.max_ulp < check.max_ulp => *other = check,
            Some(_) => {}
            None => worst.push(check),
        }
    }
    let mut table = Table::new(&["", "max ULP", "budget", ""]);
    for check in &worst {
        let (result, style) = if check.pass { ("pass", terminal::GOOD) } else { ("FAIL", terminal::BAD) };
        let cells = vec![
            format!("{} {}", check.function, check.direction),
            terminal::number(check.max_ulp),
            check.budget.to_string(),
            result.to_owned(),
        ];
        table.row(cells, style);
    }
    let mut text = format!("\n{}\n", table.render());
    text += &terminal::wrap(
        "",
        &format!("{} tensors; gradients in ULP of the size of their terms", checks.len()),
    );
    text.extend(worst.iter().map(|check| terminal::wrap("", &check.to_string())));
    text
}
