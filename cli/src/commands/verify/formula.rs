//! Formulas: each result within the bound that its own operands imply.

use anyhow::Result;
use wgpu_activations::verify::{self, FORMULA_INPUTS, FormulaCheck, FormulaSubject};
use wgpu_activations::{Formula, Storage};

use crate::terminal::{self, Table};

/// Values, and gradients by all operands where there are some; then what is written in a form that loses digits.
pub(super) fn execute(
    subject: &impl FormulaSubject,
    formulas: &[Formula],
    storage: Storage,
    inputs: Option<u64>,
) -> Result<(Vec<FormulaCheck>, String)> {
    let inputs = inputs.map_or(FORMULA_INPUTS, |inputs| usize::try_from(inputs).unwrap_or(usize::MAX));
    let (mut checks, mut notes) = (Vec::new(), String::new());
    for formula in formulas {
        let gradients = formula.gradients().unwrap_or_else(|error| {
            notes += &terminal::wrap("", &format!("no gradients of {formula}: {error}"));
            Vec::new()
        });
        for formula in std::iter::once(formula.clone()).chain(gradients) {
            checks.extend(pollster::block_on(verify::formula(subject, &formula, storage, inputs))?);
        }
        for form in formula.stable()?.1 {
            notes += &terminal::wrap("", &format!("{form}: --stable takes it"));
        }
    }
    Ok((checks, notes))
}

pub(super) fn render(checks: &[FormulaCheck], notes: &str) -> String {
    let mut table = Table::new(&["", "max ULP", "of its bound", "judged", "not", ""]);
    for check in checks {
        let (result, style) = match check {
            // Nothing judged is nothing proved, and no defect found.
            FormulaCheck { judged: 0, .. } => ("none judged", terminal::BAD),
            FormulaCheck { pass: true, .. } => ("pass", terminal::GOOD),
            _ => ("FAIL", terminal::BAD),
        };
        let cells = vec![
            check.result.clone(),
            terminal::number(check.max_ulp),
            terminal::number(check.max_of_bound),
            terminal::thousands(check.judged),
            terminal::thousands(check.not_judged),
            result.to_owned(),
        ];
        table.row(cells, style);
    }
    let mut text = format!("\n{}", table.render());
    text.push('\n');
    for check in checks {
        text += &terminal::wrap("", &format!("{}: {}", check.result, check.formula));
        if !check.worst.is_empty() {
            let operands: Vec<String> =
                check.worst.iter().map(|(name, value)| format!("{name} = {value:e}")).collect();
            let at = format!(
                "  largest error at {}: {:e} for {:e}",
                operands.join(", "),
                check.worst_got,
                check.worst_exact
            );
            text += &terminal::wrap("", &at);
        }
    }
    text + notes
}
