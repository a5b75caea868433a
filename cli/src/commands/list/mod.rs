//! `list`: the table of activations, and the language of formulas.

mod formula;
mod rows;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use wgpu_activations::{Activation, Gate, Kind, NamedGate, Order, Parameter};

use crate::files::Json;
use crate::named::{Function, function_of};
use crate::terminal;
use formula::Language;
use rows::RowsRow;

/// The table: every activation with its parameters, formula and derivative
///
/// With their defaults, the derivative at kinks, and whether it can be had from the output alone.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only this activation, by any of its names, or this gate, or this function of rows
    #[arg(conflicts_with_all = ["markdown", "formula"])]
    name: Option<String>,

    /// Write JSON to this file; `-` for standard output, which then carries nothing else
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print the table as Markdown, as docs/activations.md has it
    #[arg(long, conflicts_with = "json")]
    markdown: bool,

    /// What may stand in a formula, in place of the table: operators, operands, functions, clauses, limits
    #[arg(long, conflicts_with = "markdown")]
    formula: bool,
}

/// The sections for machines; named gates are with their activations. `tests/data/golden.py` reads this.
#[derive(Serialize)]
struct Sections<'a> {
    activations: &'a [Row],
    rows: Vec<RowsRow>,
}

/// One activation for machines.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    source: &'static str,
    parameters: &'static [Parameter],
    formula: &'static str,
    derivative: &'static str,
    /// "0" where the function is straight between its kinks.
    second_derivative: &'static str,
    at_kinks: &'static str,
    /// `null`: there is no backward from the output. Else "always", or a condition on the parameters.
    from_output: Option<&'static str>,
    learnable: Vec<Learnable>,
    /// The gated functions with a name that are made of it. (Every activation can be one.)
    gates: Vec<GateRow>,
    /// For the defaults, or the first sample where a parameter has none.
    kinks: Vec<f64>,
    /// Parameter values beside the defaults, one list for each sample, in the parameters' order.
    samples: Vec<Vec<f32>>,
    sample_kinks: Vec<Vec<f64>>,
}

#[derive(Serialize)]
struct Learnable {
    parameter: &'static str,
    derivative: &'static str,
    /// Its derivative by x.
    mixed_derivative: &'static str,
}

/// A gated function that has a name.
#[derive(Serialize)]
struct GateRow {
    name: &'static str,
    formula: &'static str,
    order: &'static str,
    source: &'static str,
}

impl GateRow {
    fn new(named: &NamedGate) -> Self {
        let order = match named.order {
            Order::ValueFirst => "value_first",
            Order::GateFirst => "gate_first",
        };
        Self { name: named.name, formula: named.formula, order, source: named.source }
    }

    fn render(&self) -> String {
        let line = |label: &str, content: &str| terminal::wrap(&format!("  {label:18}  "), content);
        let named = Gate::NAMED.iter().find(|named| named.name == self.name);
        let signature = named.map(|named| named.gate.to_string()).unwrap_or_default();
        terminal::heading(&signature) + &line("y", self.formula) + &line("usual order", self.order)
    }
}

const GATES: &str =
    "Gated functions of a value v and a gate g: v * f(g) for every f above. Those that have a name:";

const FORMULAS: &str =
    "Formulas of all these, x * tanh(exp(x)) + b[c]: list --formula says what may stand in one.";

pub(crate) fn execute(arguments: &Arguments) -> Result<ExitCode> {
    let json = arguments.json.as_deref().map(Json::new).transpose()?;
    if arguments.formula {
        return list_language(json.as_ref());
    }
    if let Some(name) = &arguments.name {
        return list_one(name, json.as_ref());
    }
    let rows: Vec<Row> = Kind::ALL.iter().copied().map(Row::new).collect();
    if let Some(json) = &json {
        json.write(&Sections { activations: &rows, rows: RowsRow::all().collect() })?;
    }
    if arguments.markdown {
        terminal::print(&markdown(&rows))?;
    } else if !json.as_ref().is_some_and(Json::takes_standard_output) {
        let gates = Gate::NAMED.iter().map(|named| GateRow::new(named).render());
        let formulas = [terminal::wrap("", FORMULAS)];
        let of_rows =
            [terminal::wrap("", rows::HEAD)].into_iter().chain(RowsRow::all().map(|row| row.render()));
        let rows = rows.iter().map(Row::render).chain([terminal::wrap("", GATES)]);
        let rows = rows.chain(gates).chain(of_rows).chain(formulas);
        terminal::print(&rows.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A row, or a gate's, or a function's of rows.
fn list_one(name: &str, json: Option<&Json>) -> Result<ExitCode> {
    match function_of(name)? {
        Function::Activation(kind, _) => {
            let row = Row::new(kind);
            print(&row, &row.render(), json)
        }
        Function::Gate(named) => {
            let row = GateRow::new(named);
            print(&row, &row.render(), json)
        }
        Function::Rows(named) => {
            let row = RowsRow::new(named);
            print(&row, &row.render(), json)
        }
    }
}

fn print(value: &impl Serialize, text: &str, json: Option<&Json>) -> Result<ExitCode> {
    if let Some(json) = json {
        json.write(value)?;
    }
    if !json.is_some_and(Json::takes_standard_output) {
        terminal::print(text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What may stand in a formula.
fn list_language(json: Option<&Json>) -> Result<ExitCode> {
    let language = Language::new();
    print(&language, &language.render(), json)
}

/// A Markdown table. No formula has a `|`, which would end a cell.
fn markdown(rows: &[Row]) -> String {
    let head = "| name | f(x) | parameters (default) | f'(x) from f(x) alone |\n|---|---|---|---|\n";
    head.to_owned() + &rows.iter().map(Row::markdown).collect::<String>()
}

impl Row {
    fn new(kind: Kind) -> Self {
        let checked = kind.samples();
        let defaults = usize::from(kind.with_defaults().is_ok());
        let samples = checked.get(defaults..).unwrap_or_default();
        Self {
            name: kind.name(),
            aliases: kind.aliases(),
            source: kind.source(),
            parameters: kind.parameters(),
            formula: kind.formula(),
            derivative: kind.derivative(),
            second_derivative: kind.second_derivative(),
            at_kinks: kind.at_kinks(),
            from_output: kind.from_output_when(),
            learnable: kind
                .learnable()
                .zip(kind.mixed_derivatives())
                .map(|((parameter, derivative), mixed_derivative)| Learnable {
                    parameter,
                    derivative,
                    mixed_derivative,
                })
                .collect(),
            gates: Gate::NAMED
                .iter()
                .filter(|named| named.gate.kind().activation() == kind)
                .map(GateRow::new)
                .collect(),
            kinks: checked.first().map(Activation::kinks).unwrap_or_default(),
            samples: samples.iter().map(|activation| activation.parameters().to_vec()).collect(),
            sample_kinks: samples.iter().map(Activation::kinks).collect(),
        }
    }

    fn render(&self) -> String {
        let mut text = terminal::heading(&self.signature());
        let mut line = |label: &str, content: &str| {
            text += &terminal::wrap(&format!("  {label:18}  "), content);
        };
        line("f(x)", self.formula);
        line("f'(x)", self.derivative);
        line("f''(x)", self.second_derivative);
        if !self.at_kinks.is_empty() {
            line("f' at kinks", self.at_kinks);
        }
        for Learnable { parameter, derivative, mixed_derivative } in &self.learnable {
            line(&format!("df/d{parameter}"), derivative);
            line(&format!("d2f/dx d{parameter}"), mixed_derivative);
        }
        line("f' from f(x) alone", &self.output_condition());
        text
    }

    /// `leaky_relu(negative_slope=0.01)`
    fn signature(&self) -> String {
        if self.parameters.is_empty() {
            return self.name.to_owned();
        }
        let parameter = |parameter: &Parameter| match parameter.default {
            Some(default) => format!("{}={default}", parameter.name),
            None => parameter.name.to_owned(),
        };
        let parameters: Vec<String> = self.parameters.iter().map(parameter).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }

    fn markdown(&self) -> String {
        let Self { name, formula, .. } = self;
        let parameter = |parameter: &Parameter| {
            let learned = self.learnable.iter().any(|learnable| learnable.parameter == parameter.name);
            let default = parameter.default.map_or("no default".to_owned(), |default| default.to_string());
            format!("`{}` ({default}{})", parameter.name, if learned { ", learnable" } else { "" })
        };
        let parameters: Vec<String> = self.parameters.iter().map(parameter).collect();
        let condition = self.output_condition();
        format!("| `{name}` | `{formula}` | {} | {condition} |\n", parameters.join(", "))
    }

    fn output_condition(&self) -> String {
        match self.from_output {
            None => "no".to_owned(),
            Some("always") => "yes".to_owned(),
            Some(condition) => format!("if {condition}"),
        }
    }
}
