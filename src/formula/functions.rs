//! Functions by name: the table's and their derivatives, a few of the language, and those that a program defines.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use crate::error::{Error, FormulaError};
use crate::formula::Formula;
use crate::formula::names::{DRAWN, OWN, SIGMOID, Wanted, check_name, derivative, learnable, own_names};
use crate::formula::node::{Binary, Call, Id, Node, Part, View};
use crate::formula::nodes::Nodes;
use crate::operation::{Gate, RowFunction};
use crate::table::row::Row;
use crate::table::{Kind, nearest_name};

/// Of this program: see [`Formula::function`] and [`Formula::wgsl_function`].
static DEFINED: RwLock<BTreeMap<String, Defined>> = RwLock::new(BTreeMap::new());

/// A function of somebody else's.
#[derive(Clone)]
enum Defined {
    Formula(Formula),
    Row(&'static Row),
}

/// What other languages call, and formulas write with signs.
const WITH_SIGNS: &[(&str, &str)] = &[("pow", "x ^ 2"), ("power", "x ^ 2"), ("if", "a < b ? c : d")];

/// A name that a program's function may have.
pub(crate) fn check_new(name: &str) -> Result<(), FormulaError> {
    if name == SIGMOID { Err(FormulaError::name(name)) } else { check_name(name) }
}

/// Makes a formula known as the function of this name: as [`Formula::function`].
pub(crate) fn define(name: &str, formula: Formula) -> Result<(), FormulaError> {
    check_new(name)?;
    let mut named = formula.nodes.operands.iter().chain(formula.outputs.iter().map(|output| &output.named));
    if let Some(operand) = named.find(|operand| operand.view != View::Element) {
        return Err(FormulaError::OtherKind {
            name: operand.name.clone(),
            given: "a channel or a single value",
            needed: "a value for each element",
        });
    }
    if let [_, second, ..] = &formula.outputs[..] {
        return Err(FormulaError::name_twice(&second.named.name));
    }
    DEFINED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name.to_owned(), Defined::Formula(formula));
    Ok(())
}

/// Makes a row known as the function of its name: as [`Formula::wgsl_function`].
pub(crate) fn define_row(row: &'static Row) {
    DEFINED.write().unwrap_or_else(PoisonError::into_inner).insert(row.name.to_owned(), Defined::Row(row));
}

/// A call of the function of this name, which stands at this place of a text.
pub(crate) fn call(
    nodes: &mut Nodes,
    name: &str,
    place: usize,
    arguments: &[(Option<String>, Id)],
) -> Result<Id, Error> {
    if let Some((_, binary)) = OWN.iter().find(|(own, _)| *own == name) {
        return own(nodes, name, *binary, arguments);
    }
    if DRAWN.contains(&name) {
        return drawn(nodes, name, arguments);
    }
    let defined = DEFINED.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if let Some(Defined::Formula(formula)) = defined {
        return inlined(nodes, name, &formula, arguments);
    }
    let (row, arriving) = find(name, place)?;
    let own = 1 + usize::from(arriving != Wanted::Value);
    let names: Vec<&str> = row.parameters.iter().map(|parameter| parameter.name).collect();
    let (inputs, parameters) = matched(name, own, &names, arguments)?;
    let part = match arriving {
        Wanted::Value => Part::Value,
        Wanted::Slope => Part::Slope(inputs[1]),
        Wanted::ByParameter(index) => Part::ByParameter(index, inputs[1]),
        Wanted::Second => Part::Second(inputs[1]),
        Wanted::Mixed(index) => Part::Mixed(index, inputs[1]),
    };
    let mut given = Vec::new();
    for (parameter, id) in row.parameters.iter().zip(parameters) {
        let missing = Error::MissingParameter { activation: row.name, parameter: parameter.name };
        given.push(match id {
            Some(id) => id,
            None => nodes.number(parameter.default.ok_or(missing)?)?,
        });
    }
    called(nodes, row, part, inputs[0], &given)
}

/// A function of the table, its parameters checked as far as they are known.
pub(crate) fn called(
    nodes: &mut Nodes,
    row: &'static Row,
    part: Part,
    x: Id,
    parameters: &[Id],
) -> Result<Id, Error> {
    let values: Option<Vec<f32>> = parameters.iter().map(|id| nodes.value(*id)).collect();
    if let Some(values) = values {
        row.accept(&values)?;
    }
    if !row.derived.is_empty() && !row.derives_in_shader() {
        if let Some(varying) = parameters.iter().position(|id| !nodes.nodes[usize::from(*id)].is_fixed()) {
            let parameter = row.parameters[varying].name;
            return Err(FormulaError::Parameter { function: row.name, parameter, at: None }.into());
        }
    }
    Ok(nodes.add(Node::Call(Call::new(row, part, x, parameters)))?)
}

/// `silu`, `silu_backward`, `swish_backward_beta`, `silu_second`, `swish_second_beta`, and aliases of the first.
fn find(name: &str, place: usize) -> Result<(&'static Row, Wanted), Error> {
    if name == SIGMOID {
        return Ok((Kind::Sigmoid.row(), Wanted::Value));
    }
    let defined = DEFINED.read().unwrap_or_else(PoisonError::into_inner);
    let own = defined.values().filter_map(|defined| match defined {
        Defined::Row(row) => Some(*row),
        Defined::Formula(_) => None,
    });
    let rows: Vec<&'static Row> = Kind::ALL.iter().map(|kind| kind.row()).chain(own).collect();
    let row = |name: &str| rows.iter().copied().find(|row| row.name == name);
    if let Some(found) = derivative(name, row).or_else(|| Some((row(name)?, Wanted::Value))) {
        return Ok(found);
    }
    match name.parse::<Kind>() {
        Ok(kind) => Ok((kind.row(), Wanted::Value)),
        Err(ambiguous @ Error::AmbiguousActivation { .. }) => Err(ambiguous),
        Err(error) => {
            let (name, at) = (name.to_owned(), place);
            if let Some(instead) = instead(&name, &error) {
                return Err(FormulaError::NoFunction { name, at, instead }.into());
            }
            let mut names: Vec<&str> = rows.iter().map(|row| row.name).chain(own_names()).collect();
            names.extend(defined.keys().map(String::as_str));
            let nearest = nearest_name(&name, names.into_iter()).to_owned();
            Err(FormulaError::UnknownFunction { name, at, nearest }.into())
        }
    }
}

/// What stands in a formula for something of the library, or of other languages, that is no function of single elements.
fn instead(name: &str, error: &Error) -> Option<String> {
    let of_rows = RowFunction::NAMED.iter().any(|named| named.name.eq_ignore_ascii_case(name));
    if of_rows || matches!(error, Error::TakesRows { .. }) {
        return Some(
            "it takes whole rows, and is a step of its own before or after that of a formula".to_owned(),
        );
    }
    if let Some(gate) = Gate::NAMED.iter().find(|gate| gate.name.eq_ignore_ascii_case(name)) {
        return Some(format!("it is a gate, which of a value v and a gate g is {}", gate.formula));
    }
    let signs = WITH_SIGNS.iter().find(|(other, _)| *other == name);
    signs.map(|(_, signs)| format!("it is written with signs, as in {signs}"))
}

/// The derivative of a function's derivative by x: by x once more, or by this parameter. `None` if there is none of it, and none within
/// if it is 0.
pub(crate) fn second(row: &Row, by: Option<&str>, arriving: Id) -> Option<Option<Part>> {
    let index = match by {
        None => None,
        Some(parameter) => Some(learnable(row, parameter)?),
    };
    let part = index.map_or(Part::Second(arriving), |index| Part::Mixed(index, arriving));
    match row.second_by(index.map(usize::from)) {
        ("", None) => None,
        (_, second) => Some(second.map(|_| part)),
    }
}

fn own(
    nodes: &mut Nodes,
    name: &str,
    binary: Binary,
    arguments: &[(Option<String>, Id)],
) -> Result<Id, Error> {
    check_unnamed(name, arguments)?;
    let of_two = matches!(binary, Binary::Chain | Binary::Over);
    match arguments {
        [(_, first), rest @ ..] if rest.len() == 1 || (rest.len() > 1 && !of_two) => {
            let mut result = *first;
            for (_, next) in rest {
                result = nodes.binary(binary, result, *next)?;
            }
            Ok(result)
        }
        _ => {
            let expected = if of_two { "2 arguments" } else { "2 arguments or more" };
            Err(wrong_arguments(name, expected, arguments.len()).into())
        }
    }
}

fn wrong_arguments(function: &str, expected: &str, actual: usize) -> FormulaError {
    FormulaError::Arguments { function: function.to_owned(), expected: expected.to_owned(), actual, at: None }
}

/// Of a function whose arguments have no names.
fn check_unnamed(function: &str, arguments: &[(Option<String>, Id)]) -> Result<(), FormulaError> {
    match arguments.iter().find_map(|(named, _)| named.as_ref()) {
        None => Ok(()),
        Some(name) => Err(unknown_parameter(function, name, &[])),
    }
}

pub(crate) fn unknown_parameter(function: &str, name: &str, known: &[&str]) -> FormulaError {
    let known = known.iter().map(|name| (*name).to_owned()).collect();
    FormulaError::UnknownParameter { of: function.to_owned(), name: name.to_owned(), known, at: None }
}

/// `dropout(u, p)`, and `keep(p, 0)`, by which its gradient is multiplied: by the same draw.
fn drawn(nodes: &mut Nodes, name: &str, arguments: &[(Option<String>, Id)]) -> Result<Id, Error> {
    let number = |id: Id, nodes: &Nodes| {
        nodes.value(id).filter(|value| value.fract() == 0.0 && (0.0..=1e3).contains(value))
    };
    check_unnamed(name, arguments)?;
    match arguments {
        [(_, value), (_, probability)] if name == "dropout" => nodes.dropout(*value, *probability),
        [(_, probability), (_, draw)] if name == "keep" && number(*draw, nodes).is_some() => {
            let draw = number(*draw, nodes).unwrap_or_default() as u32;
            nodes.keep(*probability, draw)
        }
        _ => {
            let expected = if name == "dropout" {
                "2 arguments, a value and a probability"
            } else {
                "2 arguments, a probability and a whole number up to 1000"
            };
            Err(wrong_arguments(name, expected, arguments.len()).into())
        }
    }
}

/// A function that a program defined: its nodes, with the arguments in the place of its operands.
fn inlined(
    nodes: &mut Nodes,
    name: &str,
    formula: &Formula,
    arguments: &[(Option<String>, Id)],
) -> Result<Id, Error> {
    let Nodes { operands, parameters, .. } = &formula.nodes;
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let (inputs, given) = matched(name, operands.len(), &names, arguments)?;
    let first_draw = nodes.next_draw();
    let places = nodes.graft(&formula.nodes, first_draw, |nodes, leaf| match leaf {
        Node::Operand(place) => Ok(inputs[usize::from(place)]),
        Node::Parameter(place) => {
            let place = usize::from(place);
            given[place].map_or_else(|| nodes.number(parameters[place].default), Ok)
        }
        other => nodes.add(other),
    })?;
    Ok(places[usize::from(formula.outputs[0].node)])
}

/// Arguments as inputs, of which there have to be so many, and parameters, by place or by name.
fn matched(
    function: &str,
    inputs: usize,
    names: &[&str],
    arguments: &[(Option<String>, Id)],
) -> Result<(Vec<Id>, Vec<Option<Id>>), FormulaError> {
    let wrong = || {
        let values = if inputs == 1 { "1 argument".to_owned() } else { format!("{inputs} arguments") };
        let expected = match names {
            [] => values,
            _ => format!("{values}, then at most {}, each once", names.join(", ")),
        };
        wrong_arguments(function, &expected, arguments.len())
    };
    let mut parameters = vec![None; names.len()];
    let mut values = Vec::new();
    for (place, (named, id)) in arguments.iter().enumerate() {
        let parameter = match named {
            None if place < inputs => {
                values.push(*id);
                continue;
            }
            None => place - inputs,
            Some(named) => {
                let known = names.iter().position(|name| name == named);
                known.ok_or_else(|| unknown_parameter(function, named, names))?
            }
        };
        let parameter = parameters.get_mut(parameter).ok_or_else(wrong)?;
        if parameter.replace(*id).is_some() {
            return Err(wrong());
        }
    }
    if values.len() == inputs { Ok((values, parameters)) } else { Err(wrong()) }
}
