//! What the tensors of a run hold, for a terminal.

use crate::tensor::{Tensor, shape_text};
use crate::terminal::{self, Table};

/// Values that a row shows at most.
const SAMPLE: usize = 4;

/// A tensor as a row of the table tells it; its values may come in pieces.
pub(super) struct Summary {
    name: String,
    shape: String,
    values: u64,
    nans: u64,
    zeros: u64,
    /// Of all but NaN.
    min: f64,
    max: f64,
    sum: f64,
    first: Vec<f32>,
}

impl Summary {
    /// Of a tensor of which no value is known yet.
    pub(super) fn new(name: &str, shape: &[u64]) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape_text(shape),
            values: 0,
            nans: 0,
            zeros: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            first: Vec::new(),
        }
    }

    pub(super) fn of(name: &str, tensor: &Tensor) -> Self {
        let mut summary = Self::new(name, &tensor.shape);
        summary.add(&tensor.values);
        summary
    }

    /// The next values.
    pub(super) fn add(&mut self, values: &[f32]) {
        self.first.extend(values.iter().take(SAMPLE - self.first.len()));
        self.values += values.len() as u64;
        for value in values.iter().map(|&value| f64::from(value)) {
            if value.is_nan() {
                self.nans += 1;
                continue;
            }
            self.zeros += u64::from(value == 0.0);
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.sum += value;
        }
    }

    /// A row of the table: statistics, and the first values as a sample.
    fn row(&self, first: usize) -> Vec<String> {
        let count = self.values - self.nans;
        let of_any = |value: f64| if count == 0 { "-".to_owned() } else { terminal::number(value) };
        let zeros = self.zeros as f64 / self.values as f64;
        let first = self.first.iter().take(first).map(|&value| terminal::number(f64::from(value)));
        vec![
            self.name.clone(),
            self.shape.clone(),
            of_any(self.min),
            of_any(self.sum / count as f64),
            of_any(self.max),
            if self.values == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * zeros) },
            first.collect::<Vec<_>>().join(", "),
        ]
    }
}

/// A table of all of them, and what it leaves out.
pub(super) fn render(tensors: &[Summary]) -> String {
    let mut text = table(tensors);
    for Summary { name, nans, .. } in tensors.iter().filter(|tensor| tensor.nans > 0) {
        let nans = terminal::thousands(*nans);
        text += &format!("{name} holds {nans} NaN: min, mean and max leave them out\n");
    }
    text
}

/// Long shapes leave room for fewer of the first values.
fn table(tensors: &[Summary]) -> String {
    let with = |values: usize| {
        let mut table = Table::new(&["", "shape", "min", "mean", "max", "zeros", "first values"]);
        for tensor in tensors {
            table.row(tensor.row(values), terminal::PLAIN);
        }
        table
    };
    (1..=SAMPLE).rev().map(with).find(Table::fits).unwrap_or_else(|| with(0)).render()
}
