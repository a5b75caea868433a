//! What names on the command line stand for.

use anyhow::{Context, Result, bail, ensure};
use wgpu_activations::{
    Activation, Error, Formula, Gate, Kind, NamedGate, NamedRowFunction, RowFunction, SoftmaxKind, Storage,
};

use crate::terminal;

/// A formula, where a text is none of the table's names with parameters: `silu(x)`, `x * tanh(x)`.
pub(crate) fn formula_of(text: &str) -> Result<Option<Formula>> {
    if text.parse::<Activation>().is_ok() || text.parse::<Gate>().is_ok() {
        return Ok(None);
    }
    let called = text.split_once('(').is_some_and(|(_, inner)| {
        inner.trim_start().starts_with(|first: char| first.is_ascii_alphabetic()) && !inner.contains('=')
    });
    let expression = called || text.contains(|character: char| "*+/^?[<>".contains(character));
    if expression { Ok(Some(parse_formula(text)?)) } else { Ok(None) }
}

/// A formula that is no mere name of what a formula has no function for: that would be an operand, and come out as it is.
pub(crate) fn parse_formula(text: &str) -> Result<Formula> {
    let formula: Formula = text.parse()?;
    let shown = formula.to_string();
    if let Some(NamedGate { name, formula, .. }) = gate_named(&shown) {
        bail!("{shown} is a gate, and no formula: `run {name}` takes it; written out it is {formula}");
    }
    if let Some(NamedRowFunction { name, .. }) = rows_named(&shown) {
        bail!("{shown} takes whole rows, and is no formula: `run {name}` takes it");
    }
    Ok(formula)
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
    format!(
        "{name} takes whole rows, by itself: `run {name}`, `verify {name}`, `plot {name}`, `bench --rows`"
    )
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
