//! `tests/data/measured.csv`: what an exhaustive run measured, for the test that no budget is far above it.

use std::fmt::Write;

use wgpu_activations::verify::{Check, Report};

use crate::commands::verify::rows;

/// One line for each direction of an activation by itself, under a heading.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::from("activation,direction,storage,inputs,max_ulp,worst_input\n");
    for check in report.checks.iter().filter(|check| check.is_elementwise()) {
        let Check { activation, direction, storage, inputs, worst_input, .. } = check;
        let max_ulp = rows::rounded_up(check.max_ulp);
        let _ = writeln!(text, "{activation},{direction},{storage},{inputs},{max_ulp},{worst_input:e}");
    }
    text
}
