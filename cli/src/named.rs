//! What names on the command line stand for.

use anyhow::{Result, ensure};
use wgpu_activations::{Activation, Formula, Gate, Kind, SoftmaxKind, Storage};

/// A formula, where a text is none of the table's names with parameters: `silu(x)`, `x * tanh(x)`.
pub(crate) fn formula_of(text: &str) -> Result<Option<Formula>> {
    if text.parse::<Activation>().is_ok() || text.parse::<Gate>().is_ok() {
        return Ok(None);
    }
    let called = text.split_once('(').is_some_and(|(_, inner)| {
        inner.trim_start().starts_with(|first: char| first.is_ascii_alphabetic()) && !inner.contains('=')
    });
    let expression = called || text.contains(|character: char| "*+/^?[<>".contains(character));
    if expression { Ok(Some(text.parse()?)) } else { Ok(None) }
}

/// The activation that a name stands for: its own, or a gate's.
pub(crate) fn kind_of(name: &str) -> Result<Kind> {
    match Gate::NAMED.iter().find(|named| named.name == name) {
        Some(named) => Ok(named.gate.kind().activation()),
        None => Ok(name.parse()?),
    }
}

/// What all names are, or none.
pub(crate) fn all_or_none<T>(named: Vec<Option<T>>, what: &str) -> Result<Option<Vec<T>>> {
    let count = named.len();
    let found: Vec<T> = named.into_iter().flatten().collect();
    ensure!(found.is_empty() || found.len() == count, "give {what} or names of the table, not both at once");
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// A function of rows that a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NamedRows {
    /// Softmax or its like, and what the scale is multiplied by.
    Softmax(SoftmaxKind, f32),
    /// Softmax with noise.
    Gumbel,
    CrossEntropy,
}

/// A function of rows by its name, whatever its case and underscores.
pub(crate) fn rows_of(name: &str) -> Option<NamedRows> {
    match name.trim().replace('_', "").to_lowercase().as_str() {
        "softmax" => Some(NamedRows::Softmax(SoftmaxKind::Softmax, 1.0)),
        "softmin" => Some(NamedRows::Softmax(SoftmaxKind::Softmax, -1.0)),
        "gumbelsoftmax" => Some(NamedRows::Gumbel),
        "logsoftmax" => Some(NamedRows::Softmax(SoftmaxKind::LogSoftmax, 1.0)),
        "hardmax" => Some(NamedRows::Softmax(SoftmaxKind::Hardmax, 1.0)),
        "sparsemax" => Some(NamedRows::Softmax(SoftmaxKind::Sparsemax, 1.0)),
        "logsumexp" => Some(NamedRows::Softmax(SoftmaxKind::LogSumExp, 1.0)),
        "crossentropy" | "crossentropyloss" => Some(NamedRows::CrossEntropy),
        _ => None,
    }
}

/// A storage type by its name.
pub(crate) fn parse_storage(text: &str) -> Result<Storage, String> {
    let named = Storage::ALL.iter().copied().find(|storage| storage.name() == text);
    let names: Vec<&str> = Storage::ALL.iter().map(|storage| storage.name()).collect();
    named.ok_or_else(|| format!("there are {}", names.join(", ")))
}
