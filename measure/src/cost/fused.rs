//! What a formula as one kernel saves beside a kernel for each of its operations.

use wgpu_activations::Storage;

use super::{Report, Row};

/// A formula that networks have, and its operations.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// One kernel each, where nothing fuses: each reads what the one before it wrote.
    pub(super) steps: &'static [&'static str],
    /// The whole kernel as one writes it by hand around the same functions, for rows of a multiple of four elements.
    pub(super) by_hand: &'static str,
}

/// A dense layer's, a feed-forward block's, a convolution's, a gate, dropout before a residual, a norm.
pub(super) static FORMULAS: [Known; 6] = [
    Known {
        name: "bias_relu",
        text: "relu(x + bias[c])",
        steps: &["x + bias[c]", "relu(x)"],
        by_hand: include_str!("by_hand/bias_relu.wgsl"),
    },
    Known {
        name: "bias_gelu_gate",
        text: "gelu_erf(x + bias[c]) * gate",
        steps: &["x + bias[c]", "gelu_erf(x)", "x * gate"],
        by_hand: include_str!("by_hand/bias_gelu_gate.wgsl"),
    },
    Known {
        name: "bias_prelu_residual",
        text: "prelu(x + bias[c], slope[c]) + residual",
        steps: &["x + bias[c]", "prelu(x, slope[c])", "x + residual"],
        by_hand: include_str!("by_hand/bias_prelu_residual.wgsl"),
    },
    Known {
        name: "swiglu_as_formula",
        text: "silu(gate) * value",
        steps: &["silu(gate)", "x * value"],
        by_hand: include_str!("by_hand/swiglu_as_formula.wgsl"),
    },
    Known {
        name: "dropout_residual",
        text: "dropout(x + bias[c], 0.1) + residual",
        steps: &["x + bias[c]", "dropout(x, 0.1)", "x + residual"],
        by_hand: include_str!("by_hand/dropout_residual.wgsl"),
    },
    Known {
        name: "norm",
        text: "(x - mean[r]) * rstd[r] * gamma[c] + beta[c]",
        steps: &["x - mean[r]", "x * rstd[r]", "x * gamma[c]", "x + beta[c]"],
        by_hand: include_str!("by_hand/norm.wgsl"),
    },
];

/// A formula, forward in f32, as one kernel and as several.
pub struct Fused<'a> {
    /// What is computed.
    pub text: &'static str,
    /// The one kernel.
    pub whole: &'a Row,
    /// The several.
    pub steps: Vec<&'a Row>,
    /// The one as written by hand.
    pub by_hand: &'a Row,
}

impl Report {
    /// Each formula that was counted.
    #[must_use]
    pub fn fused(&self) -> Vec<Fused<'_>> {
        let of = |known: &Known| {
            let is_whole = |row: &&Row| {
                (row.name, row.direction.as_str(), row.storage) == (known.name, "formula", Storage::F32)
            };
            let steps = self.steps.iter().filter(|row| row.name == known.name).collect();
            let by_hand = self.by_hand.iter().find(|row| row.name == known.name)?;
            Some(Fused { text: known.text, whole: self.kernels.iter().find(is_whole)?, steps, by_hand })
        };
        FORMULAS.iter().filter_map(of).collect()
    }
}

impl Fused<'_> {
    /// How many times as long the several take on a card, by its place in the report.
    #[must_use]
    pub fn times(&self, card: usize) -> f64 {
        self.steps.iter().map(|step| step.time(card)).sum::<f64>() / self.whole.time(card)
    }
}

impl Row {
    /// What an element takes on a card, by its place in the report: as many bytes as memory moves meanwhile. Arithmetic runs beside
    /// memory, so the longer of the two counts.
    #[must_use]
    pub fn time(&self, card: usize) -> f64 {
        let arithmetic = self.fractions.get(card).map_or(0.0, |fraction| fraction.of_memory_time);
        self.bytes as f64 * arithmetic.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use wgpu_activations::cpu::{Cpu, Operand};
    use wgpu_activations::{Channels, Formula};

    use super::*;

    /// One step after the other gives what the formula gives: nothing is left out, and nothing is there for show.
    #[test]
    fn steps_make_the_formula() {
        let compute = |text: &str, x: f32| {
            let formula: Formula = text.parse().unwrap();
            let names: Vec<String> = formula.operands().collect();
            let letter = |name: &str| f32::from(name.as_bytes()[0] - b'a');
            let value = |name: &String| [if name == "x" { x } else { 0.25 + letter(name) / 8.0 }];
            let values: Vec<[f32; 1]> = names.iter().map(value).collect();
            let operand = |(name, value)| match str::split_once(name, '[') {
                Some((name, _)) => (name, Operand::channels(value, Channels::new(1, 1))),
                None => (name, Operand::from(value)),
            };
            let mut result = [0.0];
            let y = [("y", Operand::from(&mut result))];
            let seed = formula.draws().then_some(("seed", Operand::seed(1)));
            let inputs = names.iter().map(String::as_str).zip(&values).map(operand);
            Cpu::new().formula(&formula, inputs.chain(y).chain(seed)).unwrap();
            result[0]
        };
        for known in &FORMULAS {
            let steps = known.steps.iter().fold(0.75, |x, step| compute(step, x));
            let whole = compute(known.text, 0.75);
            assert!((steps - whole).abs() < 1e-5, "{}: {steps} and {whole}", known.name);
        }
    }
}
