//! What names on the command line stand for.

use anyhow::{Context, Result, bail, ensure};
use wgpu_activations::{
    Activation, Error, Formula, FormulaError, Gate, Kind, NamedGate, NamedRowFunction, RowFunction,
    SoftmaxKind, Storage,
};

use crate::terminal;

/// A formula, where a text is none of the table's names with parameters: `silu(x)`, `x * tanh(x)`.
pub(crate) fn formula_of(text: &str) -> Result<Option<Formula>> {
    // `leaky-relu` means a name, and no difference.
    let known = |text: &str| function_of(text).is_ok() || text.parse::<Gate>().is_ok();
    if is_like_a_name(text) || known(text) || known(&text.replace('-', "_")) {
        return Ok(None);
    }
    Ok(Some(parse_formula(text)?))
}

/// Whether a text is what a name with parameters looks like, known or not: a word, and perhaps values in parentheses. A formula is more than
/// that: `x` alone, which computes nothing, is a name that nobody knows.
fn is_like_a_name(text: &str) -> bool {
    let text = text.trim();
    let (name, inner) = text.split_once('(').unwrap_or((text, ""));
    let name = name.trim_end();
    // One that is missing is for whoever reads names to miss.
    let mut values = inner.strip_suffix(')').unwrap_or(inner).split(',').map(str::trim);
    (is_word(name) || name.is_empty()) && values.all(is_value)
}

/// Letters and digits, and the dots that full names have: `torch.nn.GELU`.
fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|character| character.is_alphanumeric() || "_.".contains(character))
}

/// What a parameter is in parentheses, as this library or PyTorch writes it: `0.2`, `alpha=1`, `approximate='tanh'`, or nothing.
fn is_value(text: &str) -> bool {
    let plain =
        |value: &str| value.is_empty() || value.starts_with(['\'', '"']) || value.parse::<f64>().is_ok();
    match text.split_once('=') {
        None => plain(text),
        Some((key, value)) => is_word(key.trim()) && (plain(value.trim()) || is_word(value.trim())),
    }
}

/// A formula that is no mere name of what a formula has no function for: that would be an operand, and come out as it is.
pub(crate) fn parse_formula(text: &str) -> Result<Formula> {
    let formula: Formula = text.parse().map_err(in_formula)?;
    let shown = formula.to_string();
    if let Some(reason) = no_part_of_formulas(&shown) {
        bail!("{reason}");
    }
    Ok(formula)
}

/// What the library says of a formula, but with what to type where there is such a function outside of formulas.
pub(crate) fn in_formula(error: Error) -> anyhow::Error {
    let reason = match &error {
        Error::Formula(FormulaError::NoFunction { name, .. }) => no_part_of_formulas(name),
        _ => None,
    };
    reason.map_or_else(|| error.into(), anyhow::Error::msg)
}

/// Why a formula does not have what this name stands for.
fn no_part_of_formulas(name: &str) -> Option<String> {
    if let Some(NamedGate { name, formula, .. }) = gate_named(name) {
        return Some(format!(
            "{name} is a gate, and no part of a formula: `run {name}` takes it by itself, with --input; written out it is {formula}"
        ));
    }
    let NamedRowFunction { name, .. } = rows_named(name)?;
    Some(format!(
        "{name} takes whole rows, and is no part of a formula: `run {name}` takes it by itself, with --input"
    ))
}

/// What a name stands for.
pub(crate) enum Function {
    /// And what its parentheses hold, if they do.
    Activation(Kind, Option<Activation>),
    Gate(&'static NamedGate),
    Rows(&'static NamedRowFunction),
}

/// Reads a name, as the table has it or as PyTorch prints a module: `SwiGLU`, `Tanh()`, `GELU(approximate='tanh')`, `leaky_relu(0.2)`.
pub(crate) fn function_of(text: &str) -> Result<Function> {
    let (name, _) = module(text)?;
    if let Some(rows) = rows_named(&name) {
        return Ok(Function::Rows(rows));
    }
    if let Ok(kind) = name.parse::<Kind>() {
        return Ok(Function::Activation(kind, None));
    }
    if let Some(gate) = gate_named(name.split('(').next().unwrap_or_default()) {
        // With parameters that it has.
        name.parse::<Gate>()?;
        return Ok(Function::Gate(gate));
    }
    let activation: Activation = name.parse().map_err(explained)?;
    Ok(Function::Activation(activation.kind(), Some(activation)))
}

/// The activation that a name stands for, where nothing else will do.
pub(crate) fn activation_of(text: &str) -> Result<(Kind, Option<Activation>)> {
    match function_of(text)? {
        Function::Activation(kind, given) => Ok((kind, given)),
        Function::Gate(named) => bail!(
            "{} takes a value and a gate, and what is wanted is a function of x alone, such as {}",
            named.name,
            named.gate.kind().activation()
        ),
        Function::Rows(named) => bail!("{}", takes_rows(named.name)),
    }
}

/// The activation that a name stands for: its own, or a gate's.
pub(crate) fn kind_of(text: &str) -> Result<Kind> {
    match function_of(text)? {
        Function::Activation(kind, None) => Ok(kind),
        Function::Activation(kind, Some(given)) => {
            if kind.with_defaults().as_ref() != Ok(&given) {
                terminal::note(&format!(
                    "{given}: its kernels take any parameters, and get the table's here"
                ));
            }
            Ok(kind)
        }
        Function::Gate(named) => Ok(named.gate.kind().activation()),
        Function::Rows(named) => bail!("{}", takes_rows(named.name)),
    }
}

fn takes_rows(name: &str) -> String {
    let drawn = rows_of(name).is_some_and(|named| !named.reduces());
    let plot = if drawn { format!("`plot {name}`, ") } else { String::new() };
    format!("{name} takes whole rows, by itself: `run {name}`, `verify {name}`, {plot}`bench --rows`")
}

/// What the library says of a name, with what to type in place of what to call.
pub(crate) fn explained(error: Error) -> anyhow::Error {
    match error {
        Error::UnknownActivation { name, .. } | Error::UnknownGate { name, .. } => anyhow::anyhow!(
            "no activation, gate or function of rows is called {name:?}; the nearest name is {:?}: `list` shows all",
            nearest(&name)
        ),
        Error::TakesRows { name } if rows_named(&name).is_some() => {
            anyhow::anyhow!("{name} takes a dimension and nothing else in parentheses: {name}(dim=-1)")
        }
        Error::TakesRows { name } => {
            let known: Vec<&str> = RowFunction::NAMED.iter().map(|named| named.name).collect();
            anyhow::anyhow!("{name} takes whole rows, and of such functions there are {}", known.join(", "))
        }
        other => other.into(),
    }
}

/// Of all names the one with the smallest edit distance.
fn nearest(name: &str) -> &'static str {
    let kinds =
        Kind::ALL.iter().flat_map(|kind| [kind.name()].into_iter().chain(kind.aliases().iter().copied()));
    let gates = Gate::NAMED.iter().map(|named| named.name);
    let rows = RowFunction::NAMED.iter().map(|named| named.name);
    let name = name.to_lowercase();
    let distance = |candidate: &&str| strsim::levenshtein(&name, &candidate.to_lowercase());
    kinds.chain(gates).chain(rows).min_by_key(distance).unwrap_or_default()
}

/// A module as PyTorch prints it, of a gate or a function of rows: as its name alone, and the dimension that it states, `GLU(dim=-1)`. Of
/// activations, without parentheses that hold nothing.
pub(crate) fn module(text: &str) -> Result<(String, Option<i64>)> {
    let text = text.trim();
    let Some((name, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return Ok((text.to_owned(), None));
    };
    let name = name.trim();
    let has_dimension = gate_named(name).is_some() || rows_named(name).is_some();
    let mut dimension = None;
    let mut others = Vec::new();
    for part in inner.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').filter(|(key, _)| has_dimension && key.trim() == "dim") {
            None => others.push(part),
            Some((_, value)) => {
                let number = value.trim().parse::<i64>();
                let number =
                    number.with_context(|| format!("{text}: {value} is no number of a dimension"))?;
                ensure!(dimension.replace(number).is_none(), "{text}: dim is given twice");
            }
        }
    }
    let name = if others.is_empty() { name.to_owned() } else { format!("{name}({})", others.join(", ")) };
    Ok((name, dimension))
}

/// A gate by its name, whatever its case.
fn gate_named(name: &str) -> Option<&'static NamedGate> {
    Gate::NAMED.iter().find(|named| named.name.eq_ignore_ascii_case(name.trim()))
}

/// A function of rows by its name, whatever its case and underscores.
fn rows_named(name: &str) -> Option<&'static NamedRowFunction> {
    let plain = |name: &str| name.trim().replace('_', "").to_lowercase();
    let wanted = match plain(name).as_str() {
        "crossentropyloss" => "crossentropy".to_owned(),
        other => other.to_owned(),
    };
    RowFunction::NAMED.iter().find(|named| plain(named.name) == wanted)
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

impl NamedRows {
    /// Whether a row has one result.
    pub(crate) fn reduces(self) -> bool {
        matches!(self, Self::Softmax(SoftmaxKind::LogSumExp, _) | Self::CrossEntropy)
    }
}

/// A function of rows.
pub(crate) fn rows_of(text: &str) -> Option<NamedRows> {
    let named = rows_named(&module(text).ok()?.0)?;
    Some(match named.name {
        "softmin" => NamedRows::Softmax(SoftmaxKind::Softmax, -1.0),
        "gumbel_softmax" => NamedRows::Gumbel,
        name => {
            let kind = SoftmaxKind::ALL.iter().copied().find(|kind| kind.name() == name);
            kind.map_or(NamedRows::CrossEntropy, |kind| NamedRows::Softmax(kind, 1.0))
        }
    })
}

/// What all names are, or none.
pub(crate) fn all_or_none<T>(named: Vec<Option<T>>, what: &str) -> Result<Option<Vec<T>>> {
    let count = named.len();
    let found: Vec<T> = named.into_iter().flatten().collect();
    ensure!(found.is_empty() || found.len() == count, "give {what} or names of the table, not both at once");
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// A storage type by its name, or by the one that NumPy and PyTorch have for it.
pub(crate) fn parse_storage(text: &str) -> Result<Storage, String> {
    let lower = text.to_ascii_lowercase();
    let name = match lower.as_str() {
        "float32" => "f32",
        "float16" => "f16",
        "bfloat16" => "bf16",
        other => other,
    };
    let named = Storage::ALL.iter().copied().find(|storage| storage.name() == name);
    let names: Vec<&str> = Storage::ALL.iter().map(|storage| storage.name()).collect();
    named.ok_or_else(|| format!("there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn text(path: &str) -> Result<String> {
        Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))?)
    }

    fn check_formula(text: &str) -> Result<()> {
        let formula = formula_of(text).with_context(|| text.to_owned())?;
        ensure!(formula.is_some(), "{text} is taken for a name");
        Ok(())
    }

    fn check_name(text: &str) -> Result<()> {
        ensure!(
            formula_of(text).with_context(|| text.to_owned())?.is_none(),
            "{text} is taken for a formula"
        );
        Ok(())
    }

    #[test]
    fn formulas_are_told_from_names() -> Result<()> {
        let lines = text("tests/data/formulas.txt")?;
        // A word alone is a name that nobody knows.
        lines.lines().filter(|line| !is_word(line)).try_for_each(check_formula)?;
        let others = [
            "a - b",
            "a-b",
            "1 - x",
            "x - -x",
            "y = x",
            "x = x - z",
            "-x",
            "silu(-x)",
            "silu(2 - x)",
            "silu((x))",
            "sigmoid(1 - x)",
            "log(1-exp(-x))",
            "(x)",
            "x[c]",
            "w[]",
            "softplus(x, beta=2, threshold=20)",
        ];
        others.into_iter().try_for_each(check_formula)
    }

    #[test]
    fn the_kernels_that_the_guide_writes_in_a_line_are_formulas() -> Result<()> {
        let guide = text("docs/guide.md")?;
        let table = guide.split_once("| kernel | formula |").context("no table of kernels")?.1;
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let formulas: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        ensure!(formulas.len() == 16, "{formulas:?}");
        formulas.into_iter().try_for_each(check_formula)
    }

    #[test]
    fn names_are_told_from_formulas() -> Result<()> {
        let rows = RowFunction::NAMED.iter().map(|named| named.name);
        let gates = Gate::NAMED.iter().map(|named| named.name);
        Kind::ALL.iter().flat_map(|kind| kind.aliases()).copied().try_for_each(check_name)?;
        Kind::ALL.iter().map(|kind| kind.name()).chain(rows).chain(gates).try_for_each(check_name)?;
        let samples = Kind::ALL.iter().flat_map(|kind| kind.samples());
        samples.map(|sample| sample.to_string()).try_for_each(|sample| check_name(&sample))?;
        let others = [
            "x",
            "softmaxx",
            "leaky-relu",
            "rellu(0.2)",
            "leaky_relu(negative_slope=0.2)",
            "leaky_relu(-0.2)",
            "Tanh()",
            "GLU(dim=-1)",
            "Softmax(dim=None)",
            "GELU(approximate='tanh')",
            "GELU(approximate=tanh)",
            "LeakyReLU(negative_slope=0.01, inplace=True)",
            "torch.nn.ReLU()",
            "leaky_relu(0.2",
            "",
        ];
        others.into_iter().try_for_each(check_name)
    }
}
