//! Functions of rows, which have a section of their own.

use serde::Serialize;
use wgpu_activations::{NamedRowFunction, RowFunction};

use crate::terminal;

pub(super) const HEAD: &str =
    "Functions of rows, along one dimension, with z = scale * x; sums are over the elements j of a row:";

/// One of them, for machines.
#[derive(Serialize)]
pub(super) struct RowsRow {
    name: &'static str,
    formula: &'static str,
    derivative: &'static str,
    source: &'static str,
}

impl RowsRow {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        RowFunction::NAMED.iter().map(Self::new)
    }

    pub(super) fn new(named: &NamedRowFunction) -> Self {
        Self { name: named.name, formula: named.formula, derivative: named.derivative, source: named.source }
    }

    pub(super) fn render(&self) -> String {
        let line = |label: &str, content: &str| terminal::wrap(&format!("  {label:18}  "), content);
        terminal::heading(self.name) + &line("y", self.formula) + &line("dx[k]", self.derivative)
    }
}
