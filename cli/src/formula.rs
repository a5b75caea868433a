//! Which names on the command line are formulas.

use anyhow::Result;
use wgpu_activations::{Activation, Formula, Gate};

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
