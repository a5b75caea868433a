//! `list --formula`: what may stand in a formula. All of it is the library's own list.

use std::collections::BTreeMap;

use serde::Serialize;
use wgpu_activations::{Construct, Formula, Kind};

use crate::terminal;

/// The language for machines.
#[derive(Serialize)]
pub(super) struct Language {
    constructs: &'static [Construct],
    /// With their parameters: those of the table.
    functions: Vec<Function>,
    /// The most that a formula may have of each.
    limits: BTreeMap<&'static str, usize>,
}

/// A function of the table as formulas call it.
#[derive(Serialize)]
struct Function {
    name: &'static str,
    parameters: Vec<&'static str>,
    /// By its argument, then by the parameters that can be learned.
    derivatives: Vec<String>,
}

impl Language {
    pub(super) fn new() -> Self {
        Self {
            constructs: Formula::constructs(),
            functions: Kind::ALL.iter().copied().map(Function::new).collect(),
            limits: Formula::limits().into_iter().collect(),
        }
    }

    pub(super) fn render(&self) -> String {
        let mut text = terminal::heading("What may stand in a formula");
        for Construct { form, meaning, example, .. } in self.constructs {
            text += &terminal::wrap("  ", form);
            text += &terminal::wrap("      ", meaning);
            text += &terminal::wrap("      as in  ", example);
        }
        text += &format!("\n{}", terminal::heading("Functions of the table, with their parameters"));
        let calls: Vec<String> = self.functions.iter().map(Function::call).collect();
        text += &terminal::wrap("  ", &calls.join("  "));
        text += &format!("\n{}", terminal::heading("Their derivatives"));
        text += &terminal::wrap("  ", "NAME_backward of each; and by parameters that can be learned:");
        let learned: Vec<&str> = self
            .functions
            .iter()
            .flat_map(|function| &function.derivatives[1..])
            .map(String::as_str)
            .collect();
        text += &terminal::wrap("  ", &learned.join("  "));
        text += &format!("\n{}", terminal::heading("The most that a formula may have"));
        for (what, most) in Formula::limits() {
            text += &terminal::wrap(&format!("  {most:>4}  "), what);
        }
        text
    }
}

impl Function {
    fn new(kind: Kind) -> Self {
        let name = kind.name();
        let learned = kind.learnable().map(|(parameter, _)| format!("{name}_backward_{parameter}"));
        // A second derivative of 0 is no function.
        let is_function = |text: &str| text != "0";
        let second = is_function(kind.second_derivative()).then(|| format!("{name}_second"));
        let mixed = kind.learnable().zip(kind.mixed_derivatives());
        let mixed = mixed.filter(|(_, text)| is_function(text));
        let second =
            second.into_iter().chain(mixed.map(|((parameter, _), _)| format!("{name}_second_{parameter}")));
        Self {
            name,
            parameters: kind.parameters().iter().map(|parameter| parameter.name).collect(),
            derivatives: std::iter::once(format!("{name}_backward")).chain(learned).chain(second).collect(),
        }
    }

    /// `leaky_relu(a,negative_slope)`: without spaces, so that no line breaks in it. A letter that no parameter has stands for the argument.
    fn call(&self) -> String {
        let argument = ["a", "x"].into_iter().find(|letter| !self.parameters.contains(letter));
        let arguments: Vec<&str> = argument.into_iter().chain(self.parameters.iter().copied()).collect();
        format!("{}({})", self.name, arguments.join(","))
    }
}
