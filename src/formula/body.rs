//! Formula to WGSL: a function of one element, a line for each node.
//!
//! No name of the user's is in the text: operands, values and nodes are numbered.

use std::fmt::Write;

use crate::formula::Formula;
use crate::formula::node::{Binary, Call, Id, Node};
use crate::table::Handle;
use crate::table::row::Row;

/// A number that travels in the uniform.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Of the `with` clause.
    Parameter(u16),
    /// A function's parameter that is a number in the text. With a literal, compilers see through the masks that keep them from
    /// regrouping: hardsigmoid was 510 ULP off on lavapipe.
    Number(u32),
    /// What the host derives from a function's parameters: which of them, and where those are.
    Derived(Handle<Row>, usize, Vec<Id>),
    /// What dropout multiplies with, of a probability.
    Survivor(Id),
}

const OPERATORS: &str = include_str!("../../shaders/formulas/operators.wgsl");
const DROPOUT: &str = include_str!("../../shaders/formulas/dropout.wgsl");

/// The function's name.
pub(crate) const FUNCTION: &str = "formula";

/// Where results are in what the function returns, by number, if they are several.
pub(crate) const MEMBERS: [&str; 16] = [
    ".result_0",
    ".result_1",
    ".result_2",
    ".result_3",
    ".result_4",
    ".result_5",
    ".result_6",
    ".result_7",
    ".result_8",
    ".result_9",
    ".result_10",
    ".result_11",
    ".result_12",
    ".result_13",
    ".result_14",
    ".result_15",
];

/// A result's name, by number.
pub(crate) fn result(index: usize) -> &'static str {
    &MEMBERS[index][1..]
}

/// Names of operands, by number.
pub(crate) const OPERANDS: [&str; 16] = [
    "operand_0",
    "operand_1",
    "operand_2",
    "operand_3",
    "operand_4",
    "operand_5",
    "operand_6",
    "operand_7",
    "operand_8",
    "operand_9",
    "operand_10",
    "operand_11",
    "operand_12",
    "operand_13",
    "operand_14",
    "operand_15",
];

/// Files of `shaders/` that it calls, without what those need.
pub(crate) fn sources(formula: &Formula) -> Vec<&'static str> {
    let mut sources = vec![OPERATORS];
    sources.extend(formula.nodes.draws().then_some(DROPOUT));
    for source in calls(formula).map(|call| call.row.wgsl) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// What travels in the uniform, in the order in which the function takes it.
pub(crate) fn values(formula: &Formula) -> Vec<Value> {
    let count = u16::try_from(formula.nodes.parameters.len()).unwrap_or(u16::MAX);
    let mut values: Vec<Value> = (0..count).map(Value::Parameter).collect();
    let mut add = |value: Value| {
        if !values.contains(&value) {
            values.push(value);
        }
    };
    for call in calls(formula) {
        for id in call.parameters() {
            if let Node::Number(bits) = formula.nodes.nodes[usize::from(*id)] {
                add(Value::Number(bits));
            }
        }
        if origin(formula, &call) == Origin::Uniform {
            derived(&call).for_each(&mut add);
        }
    }
    for node in &formula.nodes.nodes {
        if let Node::Keep(probability, _) = node {
            add(Value::Survivor(*probability));
        }
    }
    values
}

/// What the host derives from a call's parameters.
fn derived(call: &Call) -> impl Iterator<Item = Value> {
    let of = |index| Value::Derived(call.row, index, call.parameters().to_vec());
    (0..call.row.derived.len()).map(of)
}

/// A value as the function names it.
fn value_name(values: &[Value], wanted: &Value) -> String {
    let place = values.iter().position(|value| value == wanted).unwrap_or(values.len());
    format!("value_{place}")
}

/// The function: operands that have an element each, then those that are shared, then values; in each group in the formula's order.
pub(crate) fn function(formula: &Formula) -> String {
    let values = values(formula);
    let mut text = String::new();
    let results = match formula.outputs.len() {
        1 => "f32",
        count => {
            text += "struct Results {\n";
            (0..count).for_each(|index| text += &format!("    {}: f32,\n", result(index)));
            text += "}\n\n";
            "Results"
        }
    };
    let operands = formula.operand_order().into_iter().map(|place| format!("{}: f32", OPERANDS[place]));
    let numbered = (0..values.len()).map(|index| format!("value_{index}: f32"));
    let draws = formula.nodes.draw_numbers().into_iter().map(|draw| format!("{}: u32", drawn(draw)));
    let head: Vec<String> = operands.chain(numbered).chain(draws).collect();
    let _ = writeln!(text, "fn {FUNCTION}({}) -> {results} {{", head.join(", "));
    for (id, node) in formula.nodes.nodes.iter().enumerate() {
        if let Some(line) = line(formula, &values, *node, id) {
            text += &line;
        }
    }
    let returned: Vec<String> = formula.outputs.iter().map(|output| name(formula, output.node)).collect();
    let _ = match &returned[..] {
        [one] => writeln!(text, "    return {one};"),
        all => writeln!(text, "    return Results({});", all.join(", ")),
    };
    text + "}\n\n"
}

/// A comment above the function: the formula, and what the names of the function's arguments stand for.
pub(crate) fn legend(formula: &Formula) -> String {
    let operands = formula.operand_order().into_iter().map(|place| {
        let named = &formula.nodes.operands[place];
        format!("{} is {named}", OPERANDS[place])
    });
    let values = values(formula);
    let values = values.iter().enumerate();
    let values = values.map(|(index, value)| format!("value_{index} is {}", described(formula, value)));
    let draws = formula.nodes.draw_numbers().into_iter();
    let draws = draws.map(|draw| format!("{} is 24 random bits for the element", drawn(draw)));
    let results = formula.outputs.iter().enumerate().filter(|_| formula.outputs.len() > 1);
    let results = results.map(|(index, output)| format!("{} is {}", result(index), output.named));
    let lines = operands.chain(values).chain(draws).chain(results).map(|line| format!("//   {line}\n"));
    format!("// {formula}\n{}", lines.collect::<String>())
}

/// A value in words.
fn described(formula: &Formula, value: &Value) -> String {
    match value {
        Value::Parameter(place) => formula.nodes.parameters[usize::from(*place)].name.clone(),
        Value::Number(bits) => format!("{}", f32::from_bits(*bits)),
        Value::Derived(row, index, of) => {
            let of: Vec<String> = of.iter().map(|id| formula.written_out(*id)).collect();
            format!("{} of {} with {}", row.derived[*index].name, row.name, of.join(", "))
        }
        Value::Survivor(probability) => format!("1 / (1 - {})", formula.written_out(*probability)),
    }
}

/// What is drawn for an element, as the function names it.
pub(crate) fn drawn(draw: u32) -> String {
    format!("drawn_{draw}")
}

fn calls(formula: &Formula) -> impl Iterator<Item = Call> {
    formula.nodes.nodes.iter().filter_map(|node| match node {
        Node::Call(call) => Some(*call),
        _ => None,
    })
}

/// Where a call's derived arguments come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Uniform,
    /// Its parameters differ from element to element.
    Shader,
}

fn origin(formula: &Formula, call: &Call) -> Origin {
    match call.varying(&formula.nodes.nodes).next() {
        None => Origin::Uniform,
        Some(_) => Origin::Shader,
    }
}

/// How a node is referred to: numbers and operands stand for themselves.
fn name(formula: &Formula, id: Id) -> String {
    match formula.nodes.nodes[usize::from(id)] {
        Node::Number(bits) => number(f32::from_bits(bits)),
        Node::Operand(place) => OPERANDS[usize::from(place)].to_owned(),
        Node::Parameter(place) => format!("value_{place}"),
        _ => format!("node_{id}"),
    }
}

/// As WGSL reads it back to the same f32.
fn number(value: f32) -> String {
    if value < 0.0 { format!("({value:?}f)") } else { format!("{value:?}f") }
}

fn line(formula: &Formula, values: &[Value], node: Node, id: usize) -> Option<String> {
    let of = |id: Id| name(formula, id);
    let expression = match node {
        Node::Number(_) | Node::Operand(_) | Node::Parameter(_) => return None,
        Node::Negate(a) => format!("-{}", of(a)),
        Node::Binary(binary, a, b) => {
            let (a, b) = (of(a), of(b));
            match binary {
                Binary::Add => format!("{a} + {b}"),
                Binary::Subtract => format!("{a} - {b}"),
                Binary::Multiply => format!("{a} * {b}"),
                Binary::Divide => format!("math_divide({a}, {b})"),
                Binary::Minimum => format!("formula_minimum({a}, {b})"),
                Binary::Maximum => format!("formula_maximum({a}, {b})"),
                Binary::Chain => format!("math_scale({a}, {b})"),
                Binary::Over => format!("formula_over({a}, {b})"),
            }
        }
        Node::Choose(comparison, [a, b, then, otherwise]) => {
            let [a, b, then, otherwise] = [a, b, then, otherwise].map(of);
            let symbol = comparison.symbol();
            format!("formula_choice({a}, {b}, select({otherwise}, {then}, {a} {symbol} {b}))")
        }
        Node::Keep(probability, draw) => {
            let survivor = value_name(values, &Value::Survivor(probability));
            format!("formula_keep({}, {}, {survivor})", drawn(draw), of(probability))
        }
        Node::Call(call) => return Some(call_lines(formula, values, &call, id)),
    };
    Some(format!("    let node_{id} = {expression};\n"))
}

/// The function of a call.
fn function_of(formula: &Formula, call: &Call) -> String {
    let is_slope = |node: &Node| matches!(node, Node::Call(other) if other.is_slope_of(call));
    if formula.nodes.nodes.iter().any(is_slope) {
        call.row.value_beside_backward()
    } else {
        format!("act_{}", call.name())
    }
}

/// A call, after what has to be derived for it.
fn call_lines(formula: &Formula, values: &[Value], call: &Call, id: usize) -> String {
    let row = call.row;
    let parameter = |id: &Id| match formula.nodes.nodes[usize::from(*id)] {
        Node::Number(bits) => value_name(values, &Value::Number(bits)),
        _ => name(formula, *id),
    };
    let parameters: Vec<String> = call.parameters().iter().map(parameter).collect();
    let mut text = String::new();
    let derived: Vec<String> = match origin(formula, call) {
        _ if row.derived.is_empty() => Vec::new(),
        Origin::Uniform => derived(call).map(|value| value_name(values, &value)).collect(),
        Origin::Shader => {
            let _ =
                writeln!(text, "    let derived_{id} = act_{}_derive({});", row.name, parameters.join(", "));
            (0..row.derived.len()).map(|index| format!("derived_{id}[{index}]")).collect()
        }
    };
    let inputs = call.inputs().map(|id| name(formula, id));
    let arguments: Vec<String> = inputs.chain(parameters).chain(derived).collect();
    let called = format!("{}({})", function_of(formula, call), arguments.join(", "));
    let kept = call
        .watched(&formula.nodes.nodes)
        .fold(called, |called, parameter| format!("math_keep_nan({}, {called})", name(formula, parameter)));
    text + &format!("    let node_{id} = {kept};\n")
}
