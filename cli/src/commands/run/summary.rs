//! What the tensors of a run hold, for a terminal.

use crate::tensor::Tensor;
use crate::terminal::{self, Table};

/// A table of all of them, and what it leaves out.
pub(super) fn render(tensors: &[(&str, &Tensor)]) -> String {
    let mut text = table(tensors);
    for (name, tensor) in tensors {
        let nans = tensor.values.iter().filter(|value| value.is_nan()).count() as u64;
        if nans > 0 {
            text += &format!(
                "{name} holds {} NaN: min, mean and max leave them out\n",
                terminal::thousands(nans)
            );
        }
    }
    text
}

/// Long shapes leave room for fewer of the first values.
fn table(tensors: &[(&str, &Tensor)]) -> String {
    let with = |values: usize| {
        let mut table = Table::new(&["", "shape", "min", "mean", "max", "zeros", "first values"]);
        for (name, tensor) in tensors {
            table.row(summary(name, tensor, values), terminal::PLAIN);
        }
        table
    };
    (1..=4).rev().map(with).find(Table::fits).unwrap_or_else(|| with(0)).render()
}

/// A row of the table: statistics, and the first values as a sample.
fn summary(name: &str, tensor: &Tensor, first: usize) -> Vec<String> {
    let numbers = || tensor.values.iter().map(|&value| f64::from(value)).filter(|value| !value.is_nan());
    let count = numbers().count();
    let of_any = |value: f64| if count == 0 { "-".to_owned() } else { terminal::number(value) };
    let zeros = numbers().filter(|&value| value == 0.0).count() as f64 / tensor.values.len() as f64;
    let first = tensor.values.iter().take(first).map(|&value| terminal::number(f64::from(value)));
    vec![
        name.to_owned(),
        tensor.shape_text(),
        of_any(numbers().fold(f64::INFINITY, f64::min)),
        of_any(numbers().sum::<f64>() / count as f64),
        of_any(numbers().fold(f64::NEG_INFINITY, f64::max)),
        if tensor.values.is_empty() { "-".to_owned() } else { format!("{:.1} %", 100.0 * zeros) },
        first.collect::<Vec<_>>().join(", "),
    ]
}
