//! What a figure shows, before it is drawn: texts, and two or three panels of traces.

use wgpu_activations::{Activation, Formula, Kind};

use super::axis::{Axis, Interval};
use super::curve::{Curve, Trace};
use super::function::Function;
use super::layer::Layer;

/// A function on the left, its derivative right of it, then its second derivative where the figure is of one function.
pub(crate) struct Figure {
    pub(crate) title: String,
    /// Below the title: formulas.
    pub(crate) lines: Vec<String>,
    /// A text for each trace; none where there is nothing to tell apart.
    pub(crate) legend: Vec<String>,
    pub(crate) panels: Vec<Panel>,
    /// At the foot: what computed this.
    pub(crate) source: String,
}

pub(crate) struct Panel {
    /// What is drawn upwards.
    pub(crate) label: &'static str,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// In the legend's order.
    pub(crate) traces: Vec<Trace>,
}

/// The texts of a figure.
pub(crate) struct Texts {
    title: String,
    /// What the panels draw upwards.
    labels: &'static [&'static str],
    lines: Vec<String>,
    legend: Vec<String>,
}

impl Figure {
    pub(crate) fn new(texts: &Texts, interval: Interval, curves: &[Curve], source: &str) -> Self {
        let traces: [fn(&Curve) -> Option<Trace>; 3] = [
            |curve| Some(curve.value.clone()),
            |curve| Some(curve.derivative.clone()),
            |curve| curve.second.clone(),
        ];
        // Without a second derivative of every curve, none is drawn.
        let traces = traces.iter().filter_map(|trace| curves.iter().map(trace).collect::<Option<Vec<_>>>());
        let panels = texts.labels.iter().zip(traces);
        Self {
            title: texts.title.clone(),
            lines: texts.lines.clone(),
            legend: texts.legend.clone(),
            panels: panels.map(|(label, traces)| Panel::new(label, interval, traces)).collect(),
            source: source.to_owned(),
        }
    }

    /// Whether there is a kink to explain.
    pub(crate) fn has_kinks(&self) -> bool {
        self.panels.iter().flat_map(|panel| &panel.traces).any(|trace| !trace.kinks.is_empty())
    }
}

impl Panel {
    fn new(label: &'static str, (from, to): Interval, traces: Vec<Trace>) -> Self {
        let y = Axis::around(traces.iter().flat_map(Trace::heights));
        Self { label, x: Axis { from, to }, y, traces }
    }
}

impl Texts {
    const OF_ONE: &'static [&'static str] = &["f(x)", "f'(x)", "f''(x)"];
    const OF_SEVERAL: &'static [&'static str] = &["f(x)", "f'(x)"];

    /// Whether second derivatives are asked for.
    pub(crate) fn wants_second(&self) -> bool {
        self.labels == Self::OF_ONE
    }

    /// One activation with one or several sets of parameter values.
    pub(crate) fn of_one(kind: Kind, activations: &[Activation]) -> Self {
        let (title, legend) = match activations {
            [one] => (one.to_string(), Vec::new()),
            several => (kind.to_string(), several.iter().map(values).collect()),
        };
        Self { title, labels: Self::OF_ONE, lines: formulas(kind), legend }
    }

    /// A formula.
    pub(crate) fn of_formula(formula: &Formula, gradient: &Formula) -> Self {
        let lines = vec![format!("gradient: {gradient}")];
        Self { title: formula.to_string(), labels: Self::OF_ONE, lines, legend: Vec::new() }
    }

    /// Several functions.
    pub(crate) fn of_several(functions: &[Function]) -> Self {
        let names: Vec<String> = functions.iter().map(Function::short_name).collect();
        let legend = functions.iter().map(Function::to_string).collect();
        Self { title: names.join(", "), labels: Self::OF_SEVERAL, lines: Vec::new(), legend }
    }

    /// A layer with several functions, after the one without.
    pub(crate) fn of_layer(layer: &Layer, functions: &[Function]) -> Self {
        let title = format!("y = {}", layer.formula());
        let line = "Two linear layers of one neuron each, with an activation f between them";
        let without = format!("without f: {}", layer.straight_line());
        let with = functions.iter().map(|function| format!("f = {function}"));
        Self {
            title,
            labels: &["y", "dy/dx"],
            lines: vec![line.to_owned()],
            legend: std::iter::once(without).chain(with).collect(),
        }
    }
}

/// The function and its derivatives; what both of the first are written with comes once, below.
fn formulas(kind: Kind) -> Vec<String> {
    let lines = |f: &str, derivative: &str| vec![format!("f(x) = {f}"), format!("f'(x) = {derivative}")];
    let split = |formula: &'static str| formula.split_once(" where ");
    let mut text = match (split(kind.formula()), split(kind.derivative())) {
        (Some((f, names)), Some((derivative, same))) if names == same => {
            let mut text = lines(f, derivative);
            text.push(format!("where {names}"));
            text
        }
        _ => lines(kind.formula(), kind.derivative()),
    };
    text.push(format!("f''(x) = {}", kind.second_derivative()));
    if !kind.at_kinks().is_empty() {
        text.push(format!("f' at kinks: {}", kind.at_kinks()));
    }
    text
}

/// `alpha = 0.5, beta = 2`
fn values(activation: &Activation) -> String {
    let parameters = activation.kind().parameters().iter().zip(activation.parameters());
    let values: Vec<String> =
        parameters.map(|(parameter, value)| format!("{} = {value}", parameter.name)).collect();
    let default = if activation.kind().with_defaults() == Ok(*activation) { " (default)" } else { "" };
    values.join(", ") + default
}
