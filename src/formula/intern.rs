//! Formulas that kernels are made of: composed once, and kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, FormulaError};
use crate::formula::Formula;
use crate::formula::body::{self, MEMBERS, OPERANDS, Value};
use crate::formula::node::{Id, Named, Node, Output, View, check_probability, survivor};
use crate::formula::nodes::draw_numbers;
use crate::storage::{Storage, Storages};

/// A formula as composition and binding need it. Two of equal formulas are one, whatever the values of their parameters: so its address
/// is what a pipeline is known by. It is kept as long as the program runs, a kilobyte or two for each formula that had a kernel;
/// that keeps operations `Copy`. (Rejected: counting references, for then every spec and program would be cloned.)
pub(crate) struct Composed {
    /// The formula as text, without values of parameters.
    pub(crate) text: String,
    /// Those with an element each, then those that are shared.
    pub(crate) operands: Vec<Operand>,
    pub(crate) results: Vec<Operand>,
    /// The ways to see the tensor, of operands and results that are shared.
    pub(crate) views: Vec<View>,
    pub(crate) sources: Vec<&'static str>,
    pub(crate) function: String,
    /// Where the results are in what it returns.
    pub(crate) components: &'static [&'static str],
    pub(crate) parameters: Vec<String>,
    values: Vec<Value>,
    nodes: Vec<Node>,
}

/// An operand or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operand {
    /// As errors have it.
    pub(crate) name: &'static str,
    /// As formulas have it: `bias[c]`.
    pub(crate) written: &'static str,
    /// As the shader has it.
    pub(crate) variable: &'static str,
    pub(crate) view: View,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    nodes: Vec<Node>,
    operands: Vec<Named>,
    parameters: Vec<String>,
    outputs: Vec<Output>,
}

impl Composed {
    /// That of this formula.
    pub(crate) fn of(formula: &Formula) -> &'static Self {
        static KNOWN: Mutex<Option<HashMap<Key, &'static Composed>>> = Mutex::new(None);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let nodes = &formula.nodes;
        let key = Key {
            nodes: nodes.nodes.clone(),
            operands: nodes.operands.clone(),
            parameters: nodes.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            outputs: formula.outputs.clone(),
        };
        known.get_or_insert_default().entry(key).or_insert_with(|| Box::leak(Box::new(Self::new(formula))))
    }

    fn new(formula: &Formula) -> Self {
        let kept = |name: &str| -> &'static str { Box::leak(name.to_owned().into_boxed_str()) };
        let operands = formula.operand_order().into_iter().map(|place| {
            let named = &formula.nodes.operands[place];
            let (name, written) = (kept(&named.name), kept(&named.to_string()));
            Operand { name, written, variable: OPERANDS[place], view: named.view }
        });
        let operands: Vec<Operand> = operands.collect();
        let results = formula.outputs.iter().enumerate().map(|(index, Output { named, .. })| {
            let of_same_name = operands.iter().find(|operand| operand.name == named.name);
            let name = of_same_name.map_or_else(|| kept(&named.name), |operand| operand.name);
            Operand {
                name,
                written: kept(&named.to_string()),
                variable: body::result(index),
                view: named.view,
            }
        });
        let results: Vec<Operand> = results.collect();
        let text = formula.to_string();
        Self {
            text: text.split(" with ").next().unwrap_or(&text).to_owned(),
            views: formula.views(),
            sources: body::sources(formula),
            function: body::function(formula),
            components: if results.len() == 1 { &[""] } else { &MEMBERS[..results.len()] },
            parameters: formula.nodes.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            values: body::values(formula),
            nodes: formula.nodes.nodes.clone(),
            operands,
            results,
        }
    }

    /// How many numbers travel in the uniform.
    pub(crate) fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Whether something can be said of the storage of these names.
    pub(crate) fn check_storages(&self, storages: &Storages) -> Result<(), FormulaError> {
        let all = self.operands.iter().chain(&self.results);
        for name in storages.names() {
            let mut of_name = all.clone().filter(|operand| operand.name == name).peekable();
            if of_name.peek().is_none() {
                let known = all.map(|operand| operand.name.to_owned()).collect();
                return Err(FormulaError::UnknownOperand { name: name.to_owned(), known });
            }
            if of_name.any(|operand| operand.view != View::Element) && storages.of(name) != Storage::F32 {
                return Err(FormulaError::NotAnElement { name: name.to_owned() });
            }
        }
        Ok(())
    }

    /// The storage that elements are computed in, and which of them are f32 beside that: a bit for each, operands first.
    pub(crate) fn storages(&self, storages: &Storages) -> Result<(Storage, u16), FormulaError> {
        self.check_storages(storages)?;
        let all = self.operands.iter().chain(&self.results);
        let elements = all.filter(|operand| operand.view == View::Element);
        let mut narrow = None;
        for operand in elements.clone().filter(|operand| storages.of(operand.name) != Storage::F32) {
            let storage = storages.of(operand.name);
            let other = *narrow.get_or_insert(storage);
            if other != storage {
                return Err(FormulaError::TwoStorages { name: operand.name.to_owned(), storage, other });
            }
        }
        let is_float = |operand: &Operand| narrow.is_some() && storages.of(operand.name) == Storage::F32;
        let floats = elements.enumerate().filter(|(_, operand)| is_float(operand));
        // A sum of terms without elements of 16 bits is of f32 terms.
        Ok((narrow.unwrap_or(Storage::F32), floats.fold(0, |bits, (index, _)| bits | 1 << index)))
    }

    /// Whether something is drawn for each element.
    pub(crate) fn draws(&self) -> bool {
        !self.draw_numbers().is_empty()
    }

    /// What is drawn for each element, by numbers.
    pub(crate) fn draw_numbers(&self) -> BTreeSet<u32> {
        draw_numbers(&self.nodes)
    }

    /// Whether its result is a sum.
    pub(crate) fn is_summed(&self) -> bool {
        self.results.iter().any(|result| result.view != View::Element)
    }

    /// What travels in the uniform, for these values of the parameters.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] if a function does not accept them.
    pub(crate) fn values(&self, parameters: &[f32]) -> Result<Vec<f32>, Error> {
        let value_of = |id: &Id| match self.nodes[usize::from(*id)] {
            Node::Parameter(place) => parameters[usize::from(place)],
            node => node.value().unwrap_or_default(),
        };
        for node in &self.nodes {
            if let Node::Keep(probability, _) = node {
                check_probability(value_of(probability))?;
            }
            if let Node::Call(call) = node {
                if call.parameters().iter().all(|id| self.nodes[usize::from(*id)].is_fixed()) {
                    call.row.accept(&call.parameters().iter().map(value_of).collect::<Vec<f32>>())?;
                }
            }
        }
        let value = |value: &Value| match value {
            Value::Parameter(place) => parameters[usize::from(*place)],
            Value::Survivor(probability) => survivor(value_of(probability)),
            Value::Number(bits) => f32::from_bits(*bits),
            Value::Derived(kind, index, of) => {
                (kind.derived[*index].value)(&of.iter().map(value_of).collect::<Vec<f32>>())
            }
        };
        Ok(self.values.iter().map(value).collect())
    }
}

impl AsRef<str> for Composed {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
