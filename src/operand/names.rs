//! What a formula's names are bound to, checked as far as it is the same on a device and on the CPU.

use crate::error::{Error, FormulaError};
use crate::formula::{Composed, FormulaOperand, SEED, View};
use crate::operand::bound::{Operand, What};
use crate::operand::channels::Channels;

/// What a formula's names were bound to: values that lie in `V`.
pub(crate) struct Names<'n, 'a, V> {
    pub(crate) formula: &'static Composed,
    pub(crate) operands: &'n [(&'n str, Operand<'a, V>)],
}

impl<'n, 'a, V> Names<'n, 'a, V> {
    /// Every name is one of the formula's, once.
    pub(crate) fn check_names(&self) -> Result<(), FormulaError> {
        let operands = self.formula.operands.iter().chain(&self.formula.results).map(|operand| operand.name);
        let parameters = self.formula.parameters.iter().map(String::as_str);
        let seed = self.formula.draws().then_some(SEED);
        let known: Vec<&str> = operands.chain(parameters).chain(seed).collect();
        for (index, (name, _)) in self.operands.iter().enumerate() {
            if !known.contains(name) {
                let mut known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
                known.dedup();
                return Err(FormulaError::UnknownOperand { name: (*name).to_owned(), known });
            }
            if self.operands[..index].iter().any(|(other, _)| other == name) {
                return Err(FormulaError::name_twice(name));
            }
        }
        Ok(())
    }

    fn given(&self, name: &str) -> Option<&'n Operand<'a, V>> {
        self.operands.iter().find(|(given, _)| *given == name).map(|(_, operand)| operand)
    }

    /// Where an operand lies, and its channels: as the formula writes it.
    pub(crate) fn values(&self, operand: &FormulaOperand) -> Result<(&'n V, Channels), FormulaError> {
        let name = || operand.name.to_owned();
        let given = self.given(operand.name).ok_or_else(|| FormulaError::Unbound { name: name() })?;
        match (operand.view, &given.0) {
            (View::Element, What::Span(values)) | (View::Single, What::Single(values)) => {
                Ok((values, Channels::ONE))
            }
            (View::Channel(_), What::Channels(values, channels)) => Ok((values, *channels)),
            (view, _) => {
                let needed = match view {
                    View::Element => "a range",
                    View::Channel(_) => "a range with channels",
                    View::Single => "a single value",
                };
                Err(FormulaError::OtherKind { name: name(), given: given.kind(), needed })
            }
        }
    }

    /// Those of an operand that elements share, with channels that fit so many elements.
    pub(crate) fn shared_values(
        &self,
        operand: &FormulaOperand,
        elements: u64,
    ) -> Result<(&'n V, Channels), Error> {
        let (values, channels) = self.values(operand)?;
        channels.check(operand.name, elements)?;
        Ok((values, channels))
    }

    /// Of the last result, which is the sum if there is one: they have to fit so many elements.
    pub(crate) fn channels_of_sum(&self, elements: u64) -> Result<Channels, Error> {
        let last = self.formula.results.last();
        last.map_or(Ok(Channels::ONE), |result| self.channels(result, elements))
    }

    fn channels(&self, operand: &FormulaOperand, elements: u64) -> Result<Channels, Error> {
        match operand.view {
            View::Element => Ok(self.values(operand)?.1),
            _ => Ok(self.shared_values(operand, elements)?.1),
        }
    }

    /// The channels of each way to see the tensor that operands have, the same for all of one letter.
    pub(crate) fn views(&self, elements: u64) -> Result<Vec<Channels>, Error> {
        let mut views = Vec::new();
        for view in &self.formula.views {
            views.push(self.view(*view, elements)?);
        }
        Ok(views)
    }

    fn view(&self, view: View, elements: u64) -> Result<Channels, Error> {
        let all = self.formula.operands.iter().chain(&self.formula.results);
        let mut of_view = all.filter(|operand| operand.view == view);
        let Some(first) = of_view.next() else { return Ok(Channels::ONE) };
        let channels = self.channels(first, elements)?;
        for operand in of_view {
            let others = self.channels(operand, elements)?;
            if others != channels {
                let (name, other) = (operand.name.to_owned(), first.name.to_owned());
                let [actual, expected] = [others, channels].map(|it| [it.count(), it.inner()]);
                return Err(FormulaError::OtherChannels { name, actual, other, expected }.into());
            }
        }
        Ok(channels)
    }

    /// Of what is drawn, if anything is.
    pub(crate) fn seed(&self) -> Result<Option<u64>, FormulaError> {
        let name = || SEED.to_owned();
        match self.given(SEED).map(|operand| (operand, &operand.0)) {
            _ if !self.formula.draws() => Ok(None),
            None => Err(FormulaError::Unbound { name: name() }),
            Some((_, What::Seed(seed))) => Ok(Some(*seed)),
            Some((other, _)) => {
                Err(FormulaError::OtherKind { name: name(), given: other.kind(), needed: "a seed" })
            }
        }
    }

    /// The values of parameters: those that are bound, else these.
    pub(crate) fn parameters(&self, defaults: &[f32]) -> Result<Vec<f32>, Error> {
        let mut values = Vec::new();
        for (name, default) in self.formula.parameters.iter().zip(defaults) {
            let value = match self.given(name).map(|operand| (operand, &operand.0)) {
                None => *default,
                Some((_, What::Value(value))) => *value,
                Some((operand, _)) => {
                    let (name, given) = (name.clone(), operand.kind());
                    return Err(FormulaError::OtherKind { name, given, needed: "a number" }.into());
                }
            };
            if !value.is_finite() {
                return Err(FormulaError::not_finite(value, name).into());
            }
            values.push(value);
        }
        Ok(values)
    }
}
