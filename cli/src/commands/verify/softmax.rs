//! Functions of rows: softmax and its logarithm, over rows that are made to hurt.

use wgpu_activations::SoftmaxKind;
use wgpu_activations::verify::SoftmaxCheck;

use crate::terminal::{self, Table};

pub(super) fn named(name: &str) -> Option<SoftmaxKind> {
    SoftmaxKind::ALL.iter().copied().find(|kind| kind.name() == name)
}

/// A line for each function and direction, with its worst tensor.
pub(super) fn render(checks: &[SoftmaxCheck]) -> String {
    let mut worst: Vec<&SoftmaxCheck> = Vec::new();
    for check in checks {
        let alike = |other: &&mut &SoftmaxCheck| {
            (other.function, other.direction) == (check.function, check.direction)
        };
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
