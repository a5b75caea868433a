//! A formula as the page shows it: what it reads, or what is wrong with it and where; its gradients, its stable form, its shaders;
//! its errors; and its values over an interval of one operand, with all others held.

use std::collections::HashMap;

use serde::Serialize;
use wgpu_activations::verify::{self, FormulaCheck};
use wgpu_activations::{
    Channels, Error, Formula, FormulaError, Gpu, GpuBuffer, Operand, Spec, Storage, Target, kernel_source,
};

/// What a text is.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    Formula(Shown),
    Mistake(Mistake),
}

/// What the page shows of a formula before anything is computed.
#[derive(Serialize)]
pub(crate) struct Shown {
    /// As the library writes it.
    text: String,
    /// The operand that it is plotted by.
    by: Option<String>,
    /// All other operands, then the parameters: what is held.
    held: Vec<Held>,
    gradients: Vec<String>,
    /// Why there are none.
    no_gradients: Option<String>,
    stable: Option<Stable>,
    shaders: Vec<Shader>,
}

#[derive(Serialize)]
struct Held {
    name: String,
    initial: f32,
}

/// The same formula without the forms that lose digits.
#[derive(Serialize)]
struct Stable {
    text: String,
    /// What was written so, and what it is.
    forms: Vec<[String; 2]>,
}

#[derive(Serialize)]
struct Shader {
    title: String,
    wgsl: String,
}

/// What is wrong with a text.
#[derive(Serialize)]
pub(crate) struct Mistake {
    message: String,
    /// The characters that are meant, where it is known: how many are before them, and their number.
    place: Option<[usize; 2]>,
}

impl Reading {
    pub(crate) fn of(text: &str) -> Self {
        match text.parse().and_then(|formula| Shown::of(&formula)) {
            Ok(shown) => Self::Formula(shown),
            Err(error) => Self::Mistake(Mistake::of(&error)),
        }
    }
}

impl Mistake {
    /// The page marks the place in the text: what errors say of it in words is left out.
    fn of(error: &Error) -> Self {
        match error {
            Error::Formula(FormulaError::Syntax { at, expected, .. }) => {
                Self { message: format!("Here, {expected} was expected."), place: Some([*at, 1]) }
            }
            Error::Formula(FormulaError::UnknownFunction { name, at, nearest }) => Self {
                message: format!("No function is called “{name}”. The nearest name is “{nearest}”."),
                place: Some([*at, name.chars().count()]),
            },
            Error::Formula(FormulaError::NoFunction { name, at, instead }) => Self {
                message: format!("No function in a formula is called “{name}”: {instead}."),
                place: Some([*at, name.chars().count()]),
            },
            Error::Formula(FormulaError::NotFinite { value, of, at: Some(at) }) => Self {
                message: format!("This is {value}, which is not a finite f32."),
                place: Some([*at, of.chars().count()]),
            },
            error => Self { message: error.to_string(), place: None },
        }
    }
}

impl Shown {
    fn of(formula: &Formula) -> Result<Self, Error> {
        let by = plotted(formula);
        let operands = formula.operands().filter(|operand| Some(operand) != by.as_ref());
        let operands = operands.map(|name| Held { name, initial: 1.0 });
        let parameters = formula.parameters().map(|(name, initial)| Held { name: name.to_owned(), initial });
        let (gradients, no_gradients) = match formula.gradients() {
            Ok(gradients) => (gradients, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Ok(Self {
            text: formula.to_string(),
            held: operands.chain(parameters).collect(),
            by,
            stable: stable(formula)?,
            shaders: shaders(formula, &gradients)?,
            gradients: gradients.iter().map(Formula::to_string).collect(),
            no_gradients,
        })
    }
}

/// The first operand with an element each, of a formula whose results are no sums.
pub(crate) fn plotted(formula: &Formula) -> Option<String> {
    let mut results = formula.results();
    formula
        .operands()
        .find(|operand| !is_shared(operand))
        .filter(|_| !results.any(|result| is_shared(&result)))
}

/// Whether elements share it: `bias[c]`, `w[]`.
fn is_shared(written: &str) -> bool {
    written.contains('[')
}

/// `bias` of `bias[c]`.
fn name(operand: &str) -> &str {
    operand.split('[').next().unwrap_or(operand)
}

fn stable(formula: &Formula) -> Result<Option<Stable>, Error> {
    let (stable, forms) = formula.stable()?;
    let forms: Vec<[String; 2]> = forms.into_iter().map(|form| [form.written, form.stable]).collect();
    Ok((!forms.is_empty()).then(|| Stable { text: stable.to_string(), forms }))
}

/// Of the formula and its gradients, the functions and the compute shaders.
fn shaders(formula: &Formula, gradients: &[Formula]) -> Result<Vec<Shader>, Error> {
    let mut shaders = Vec::new();
    for (direction, formula) in
        std::iter::once(("Forward", formula)).chain(gradients.iter().map(|gradient| ("Backward", gradient)))
    {
        let results = formula.results().collect::<Vec<_>>().join(", ");
        shaders.push(Shader { title: format!("{direction}, {results}: the function"), wgsl: formula.wgsl() });
        shaders.push(Shader {
            title: format!("{direction}, {results}: the compute shader"),
            wgsl: kernel(formula)?,
        });
    }
    Ok(shaders)
}

/// As GPUs get it, whatever the page's own adapter is.
fn kernel(formula: &Formula) -> Result<String, Error> {
    let spec = Spec::formula(formula, Storage::F32)?;
    let bindings = spec.bindings().join(", ");
    let source = kernel_source(spec, Target::GPU)?;
    Ok(format!(
        "// {formula}\n// Entry point main; binding 0 is the uniform `job`, then come {bindings}.\n\n{source}"
    ))
}

/// The formula's results against the oracle, and those of its gradients.
pub(crate) async fn checks(gpu: &Gpu, text: &str, inputs: u32) -> Result<Vec<FormulaCheck>, Error> {
    let formula: Formula = text.parse()?;
    let gradients = formula.gradients().unwrap_or_default();
    let mut checks = Vec::new();
    for formula in std::iter::once(formula).chain(gradients) {
        checks.extend(verify::formula(gpu, &formula, Storage::F32, inputs as usize).await?);
    }
    Ok(checks)
}

/// The first result at each x, and its two derivatives: empty where there is none. All but what it is plotted by is held, operands as
/// they are written.
pub(crate) async fn along(
    gpu: &Gpu,
    text: &str,
    held: HashMap<String, f32>,
    x: &[f32],
) -> Result<[Vec<f32>; 3], Error> {
    let mut curves = [const { Vec::new() }; 3];
    let mut formula: Formula = text.parse()?;
    let Some(by) = plotted(&formula) else { return Ok(curves) };
    let parameters: Vec<String> = formula.parameters().map(|(name, _)| name.to_owned()).collect();
    for name in parameters {
        if let Some(value) = held.get(&name) {
            formula = formula.with(&name, *value)?;
        }
    }
    let mut along = Along { gpu, by, x, held };
    // What has no gradient by every operand has none here, as the page says beside it.
    let has_gradients = formula.gradients().is_ok();
    for curve in &mut curves {
        *curve = along.first_result(&formula).await?;
        // Of several results, only the plotted one passes a gradient on.
        for (index, result) in formula.results().enumerate() {
            along.held.insert(format!("d{result}"), if index == 0 { 1.0 } else { 0.0 });
        }
        match formula.backward(&[&along.by]) {
            Ok(mut gradients) if has_gradients => formula = gradients.swap_remove(0),
            _ => break,
        }
    }
    Ok(curves)
}

/// A formula along one operand.
struct Along<'a> {
    gpu: &'a Gpu,
    by: String,
    x: &'a [f32],
    held: HashMap<String, f32>,
}

impl Along<'_> {
    async fn first_result(&self, formula: &Formula) -> Result<Vec<f32>, Error> {
        let operands: Vec<String> = formula.operands().collect();
        let results: Vec<String> = formula.results().collect();
        // A result in place lies over an operand.
        let own = results.iter().filter(|result| !operands.contains(result));
        let mut buffers: Vec<(&str, GpuBuffer)> = Vec::new();
        for written in operands.iter().chain(own) {
            buffers.push((written, self.gpu.upload(&self.values(written))?));
        }
        let bound = buffers.iter().map(|(written, buffer)| (name(written), bound(written, buffer)));
        let seed = formula.draws().then(|| ("seed", Operand::seed(0)));
        let bound: Vec<(&str, Operand<'_>)> = bound.chain(seed).collect();
        self.gpu.run_formula(formula, Storage::F32, &bound)?;
        match buffers.iter().find(|(written, _)| results.first().is_some_and(|first| first == written)) {
            Some((_, buffer)) => self.gpu.read(buffer).await,
            None => Ok(Vec::new()),
        }
    }

    /// What is uploaded for an operand; for a result, whatever is overwritten.
    fn values(&self, written: &str) -> Vec<f32> {
        if written == self.by {
            return self.x.to_vec();
        }
        let value = self.held.get(written).copied().unwrap_or_default();
        vec![value; if is_shared(written) { 1 } else { self.x.len() }]
    }
}

fn bound<'a>(written: &str, buffer: &'a GpuBuffer) -> Operand<'a> {
    match written.split_once('[') {
        None => buffer.span().into(),
        Some((_, "]")) => Operand::single(buffer.span()),
        Some(_) => Operand::channels(buffer.span(), Channels::ONE),
    }
}
