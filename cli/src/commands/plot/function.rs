//! A function of x, of which a figure has a curve.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use wgpu_activations::{Activation, Formula, Gpu, GpuBuffer, Operand};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Function {
    Activation(Activation),
    /// Of one operand, with one result.
    Formula(Formula),
}

/// What the adapter computed, an element for each x.
pub(crate) struct Values {
    pub(crate) value: Vec<f32>,
    pub(crate) derivative: Vec<f32>,
    /// Where it is asked for, and there is one.
    pub(crate) second: Option<Vec<f32>>,
}

impl Function {
    pub(crate) fn of_formula(formula: Formula) -> Result<Self> {
        let operands: Vec<String> = formula.operands().collect();
        let [operand] = &operands[..] else {
            bail!("{formula}: a figure is of a formula of one operand, not of {}", operands.join(", "));
        };
        ensure!(!operand.contains('[') && formula.results().len() == 1, "{formula}: a figure is of x alone");
        Ok(Self::Formula(formula))
    }

    /// Without parameter values, where there are many names.
    pub(crate) fn short_name(&self) -> String {
        match self {
            Self::Activation(activation) => activation.kind().to_string(),
            Self::Formula(formula) => formula.to_string(),
        }
    }

    /// None of a formula: where it has some is not asked.
    pub(crate) fn kinks(&self) -> Vec<f64> {
        match self {
            Self::Activation(activation) => activation.kinks(),
            Self::Formula(_) => Vec::new(),
        }
    }

    pub(crate) fn values(&self, gpu: &Gpu, x: &GpuBuffer, wants_second: bool) -> Result<Values> {
        match self {
            Self::Activation(activation) => of_activation(gpu, *activation, x, wants_second),
            Self::Formula(formula) => of_formula(gpu, formula, x, wants_second),
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activation(activation) => activation.fmt(f),
            Self::Formula(formula) => formula.fmt(f),
        }
    }
}

impl From<Activation> for Function {
    fn from(activation: Activation) -> Self {
        Self::Activation(activation)
    }
}

fn of_activation(gpu: &Gpu, activation: Activation, x: &GpuBuffer, wants_second: bool) -> Result<Values> {
    let ones = ones(gpu, x)?;
    let second = wants_second.then(|| gpu.second(activation, x, &ones)).transpose()?;
    Ok(Values {
        value: gpu.read_blocking(&gpu.forward(activation, x)?)?,
        derivative: gpu.read_blocking(&gpu.backward(activation, x, &ones)?)?,
        second: second.map(|second| gpu.read_blocking(&second)).transpose()?,
    })
}

fn of_formula(gpu: &Gpu, formula: &Formula, x: &GpuBuffer, wants_second: bool) -> Result<Values> {
    let name = formula.operands().next().context("the formula has no operand")?;
    let result = formula.results().next().unwrap_or_default();
    let ones = ones(gpu, x)?;
    let mut operands: Vec<(&str, Operand<'_>)> = vec![(&name, x.span().into())];
    operands.extend(formula.draws().then_some(("seed", Operand::seed(0))));
    let values = |formula: &Formula, operands: &[(&str, Operand<'_>)]| -> Result<Vec<f32>> {
        let read: Vec<_> = operands.iter().filter(|(name, _)| formula.reads(name)).copied().collect();
        Ok(gpu.read_blocking(&gpu.formula::<f32>(formula, &read)?.swap_remove(0))?)
    };
    let value = values(formula, &operands)?;
    let (arriving, gradient) = (format!("d{result}"), formula.backward(&[&name])?.swap_remove(0));
    operands.push((&arriving, ones.span().into()));
    let derivative = values(&gradient, &operands)?;
    // Some functions have no third derivative, and what is named like the operands of a gradient has no gradient.
    let second = wants_second.then(|| gradient.backward(&[&name]).ok()).flatten();
    let arriving = format!("dd{name}");
    operands.push((&arriving, ones.span().into()));
    let second = second.map(|mut second| values(&second.swap_remove(0), &operands)).transpose()?;
    Ok(Values { value, derivative, second })
}

fn ones(gpu: &Gpu, like: &GpuBuffer) -> Result<GpuBuffer> {
    Ok(gpu.upload(&vec![1.0; like.len() as usize])?)
}
