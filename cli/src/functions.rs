//! Functions that the user defines for formulas.

use anyhow::{Context, Result};
use clap::Args;
use wgpu_activations::Formula;

use crate::named::{formula_of, in_formula, parse_formula};

/// The option, of every command that takes formulas.
#[derive(Args, Clone)]
pub(crate) struct Functions {
    /// A function of your own, for formulas, or by its name alone: `telu = x * tanh(exp(x))`, `bump = x * tanh(k * x) with k = 2`; may
    /// be given several times, and call those before it
    #[arg(long = "function", value_name = "NAME=FORMULA", value_parser = parse_function)]
    functions: Vec<(String, String)>,
}

/// A name and a formula, which has signs like the first one in it.
fn parse_function(text: &str) -> Result<(String, String), String> {
    let (name, formula) =
        text.split_once('=').ok_or("expected NAME=FORMULA, as in 'telu = x * tanh(exp(x))'")?;
    Ok((name.trim().to_owned(), formula.trim().to_owned()))
}

impl Functions {
    /// Makes them known to all formulas that are read after this.
    pub(crate) fn define(&self) -> Result<()> {
        for (name, formula) in &self.functions {
            let defined = Formula::function(name, formula).map_err(in_formula);
            defined.with_context(|| format!("--function {name}"))?;
        }
        Ok(())
    }

    /// A formula, where a text is none of the table's names with parameters: one of these names stands for what it is defined as.
    pub(crate) fn formula_of(&self, text: &str) -> Result<Option<Formula>> {
        match self.text_of(text) {
            Some(formula) => parse_formula(formula).map(Some),
            None => formula_of(text),
        }
    }

    /// Likewise, where nothing but a formula will do.
    pub(crate) fn parse(&self, text: &str) -> Result<Formula> {
        parse_formula(self.text_of(text).unwrap_or(text))
    }

    /// Of two of one name, the later one.
    fn text_of(&self, name: &str) -> Option<&str> {
        let mut of_name = self.functions.iter().rev().filter(|(own, _)| own == name.trim());
        of_name.next().map(|(_, formula)| formula.as_str())
    }

    /// The options that say the same to another run of this command.
    pub(crate) fn options(&self) -> impl Iterator<Item = String> {
        self.functions.iter().map(|(name, formula)| format!("--function={name}={formula}"))
    }
}
