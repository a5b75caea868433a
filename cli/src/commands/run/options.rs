//! Which options go with what: for clap, and for what a name turns out to be.

use anyhow::{Result, bail, ensure};
use wgpu_activations::Formula;

use super::Arguments;
use crate::named::NamedRows;

/// What a name stands for, as far as options are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Activation,
    Gate,
    Formula,
    /// With dropout in it.
    DrawingFormula,
    /// And its like, of as many elements as the row has.
    Softmax,
    LogSumExp,
    Gumbel,
    CrossEntropy,
}

use Family::{Activation, CrossEntropy, DrawingFormula, Gate, Gumbel, LogSumExp, Softmax};

impl Family {
    pub(super) fn of_formula(formula: &Formula) -> Self {
        if formula.draws() { DrawingFormula } else { Self::Formula }
    }

    pub(super) fn of_rows(named: NamedRows) -> Self {
        match named {
            NamedRows::Gumbel => Gumbel,
            NamedRows::CrossEntropy => CrossEntropy,
            NamedRows::Softmax(..) if named.reduces() => LogSumExp,
            NamedRows::Softmax(..) => Softmax,
        }
    }
}

/// An option as clap knows it, and whether it is given.
type Given = (&'static str, fn(&Arguments) -> bool);

/// Options that go with the same.
struct Group {
    options: &'static [Given],
    families: &'static [Family],
    /// The families in words.
    text: &'static str,
}

const fn group(options: &'static [Given], families: &'static [Family], text: &'static str) -> Group {
    Group { options, families, text }
}

const OF_ROWS: &[Family] = &[Softmax, LogSumExp, Gumbel];
const SOFTMAXES: &str = "softmax and its like";

const CAUSAL_AND_SINK: &[Given] = &[("causal", |it| it.causal.is_some()), ("sink", |it| it.sink.is_some())];
const MASK_AND_SINKS: &[Given] = &[("mask", |it| it.mask.is_some()), ("sinks", |it| it.sinks.is_some())];

/// All that do not go with everything.
const GROUPS: &[Group] = &[
    group(
        &[
            ("weight", |it| !it.weight.is_empty()),
            ("channel_dim", |it| it.channel_dim.is_some()),
            ("weight_grad_output", |it| !it.weight_grad_output.is_empty()),
        ],
        &[Activation],
        "activations, which may have parameters to learn",
    ),
    group(
        &[("second_output", |it| it.second_output.is_some())],
        &[Activation],
        "activations: gates, formulas and functions of whole rows have several second derivatives",
    ),
    group(
        &[("from_output", |it| it.from_output)],
        &[Activation, Softmax, Gumbel],
        "activations, and softmax and its like: other gradients need the input",
    ),
    group(
        &[
            ("gate", |it| it.gate.is_some()),
            ("layout", |it| it.layout.is_some()),
            ("block", |it| it.block.is_some()),
            ("order", |it| it.order.is_some()),
            ("gate_grad_output", |it| it.gate_grad_output.is_some()),
        ],
        &[Gate],
        "gates",
    ),
    group(
        &[("dim", |it| it.dim.is_some())],
        &[Gate, Softmax, LogSumExp, Gumbel, CrossEntropy],
        "gates and softmax and its like",
    ),
    group(
        &[("scale", |it| it.scale.is_some())],
        &[Softmax, LogSumExp, Gumbel, CrossEntropy],
        "softmax and its like, and cross_entropy",
    ),
    group(CAUSAL_AND_SINK, OF_ROWS, SOFTMAXES),
    group(MASK_AND_SINKS, OF_ROWS, SOFTMAXES),
    group(
        &[
            ("labels", |it| it.labels.is_some()),
            ("probabilities", |it| it.probabilities.is_some()),
            ("label_smoothing", |it| it.label_smoothing.is_some()),
            ("ignore_index", |it| it.ignore_index.is_some()),
        ],
        &[CrossEntropy],
        "cross_entropy",
    ),
    group(&[("hard", |it| it.hard)], &[Gumbel], "gumbel_softmax"),
    group(
        &[("seed", |it| it.seed.is_some())],
        &[DrawingFormula, Gumbel],
        "gumbel_softmax and formulas with dropout: nothing else draws",
    ),
    group(&[("stable", |it| it.stable)], &[Family::Formula, DrawingFormula], "formulas"),
    group(
        &[("param", |it| !it.parameters.is_empty())],
        &[Activation, Gate, Family::Formula, DrawingFormula],
        "activations, gates and formulas",
    ),
];

/// What clap refuses beside an option that goes with these alone.
pub(super) fn not_with(families: &[Family]) -> Vec<&'static str> {
    let others = GROUPS.iter().filter(|group| !group.families.iter().any(|family| families.contains(family)));
    others.flat_map(|group| group.options).map(|(id, _)| *id).collect()
}

/// What goes with formulas, and what with those of them that draw, or with noise.
pub(super) const FORMULAS: &[Family] = &[Family::Formula, DrawingFormula];
pub(super) const DRAWING: &[Family] = &[DrawingFormula, Gumbel];

/// Refuses what would be left out without a word.
pub(super) fn check(name: &str, family: Family, arguments: &Arguments) -> Result<()> {
    for Group { options, text, .. } in GROUPS.iter().filter(|group| !group.families.contains(&family)) {
        let Some(id) = given(options, arguments) else { continue };
        let flags: Vec<String> = options.iter().map(|(id, _)| flag(id)).collect();
        let verb = if flags.len() == 1 { "is" } else { "are" };
        bail!("{name} takes no {}: {} {verb} for {text}", flag(id), listed(&flags));
    }
    let shared = given(CAUSAL_AND_SINK, arguments).or_else(|| given(MASK_AND_SINKS, arguments));
    let shared = shared.filter(|_| arguments.from_output).map(flag).unwrap_or_default();
    ensure!(shared.is_empty(), "--from-output takes no {shared}: the output has in it what that does");
    Ok(())
}

/// The first of these that is given.
fn given(options: &[Given], arguments: &Arguments) -> Option<&'static str> {
    options.iter().find(|(_, is_given)| is_given(arguments)).map(|(id, _)| *id)
}

fn flag(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

/// `--a, --b and --c`
fn listed(flags: &[String]) -> String {
    match flags {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        flags => flags.concat(),
    }
}
