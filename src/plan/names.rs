//! What the names of a formula are bound to, with all that can be wrong checked.

use crate::error::Error;
use crate::formula::{FormulaOperand, View};
use crate::operand::{Checked, Form, Given, Memory, Names, Origin, Span, Views};
use crate::operation::Port;
use crate::plan::Extent;
use crate::plan::bound::Bound;
use crate::shader::Spec;
use crate::storage::Storage;

impl<'a, B: Memory> Names<'_, 'a, Span<'a, B>> {
    /// What a formula is bound to, with all that can be wrong checked. `defaults` are parameters' values where none are bound.
    pub(crate) fn check(&self, spec: Spec, defaults: &[f32]) -> Result<Bound<'a, B>, Error> {
        self.check_names()?;
        let summed = spec.operation.is_summed();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let storage_of = |index: usize, view| match view {
            View::Element if spec.floats >> index & 1 == 0 => spec.storage,
            _ => Storage::F32,
        };
        for operand in self.formula.operands.iter().filter(|operand| operand.view == View::Element) {
            inputs.push(self.checked(operand, storage_of(inputs.len(), operand.view))?);
        }
        for result in &self.formula.results {
            let output = self.checked(result, storage_of(inputs.len() + outputs.len(), result.view))?;
            outputs.push(if result.view == View::Element { output } else { output.contiguous()? });
        }
        let elements = inputs.first().or(outputs.first()).map_or(0, |first: &Checked<'_, B>| first.elements);
        let (own, sums) = outputs.split_at(if summed { outputs.len() - 1 } else { outputs.len() });
        for operand in inputs.iter().chain(own) {
            Error::check_length(operand.name(), elements, operand.elements)?;
        }
        for (index, output) in own.iter().enumerate() {
            output.check_overlap(&inputs)?;
            output.check_apart(&own[..index])?;
        }
        let row = self.row(inputs.iter().chain(own), spec.storage)?;
        let shared = self.shared(elements)?;
        let channels = self.channels_of_sum(elements)?;
        for sum in sums {
            Error::check_channels(sum.name(), channels.count(), sum.elements)?;
            sum.check_apart(own)?;
        }
        let views = self.views(elements)?;
        let origin = if views.is_empty() { Origin::Values } else { Origin::Learned(Views::new(views)) };
        Ok(Bound {
            spec: Spec { origin, ..spec },
            given: Given {
                arguments: self.formula.values(&self.parameters(defaults)?)?,
                shared,
                seed: self.seed()?,
            },
            inputs: inputs.iter().map(|input| input.place_beside(spec.storage, false)).collect(),
            outputs: outputs.iter().map(|output| output.place_beside(spec.storage, true)).collect(),
            extent: Extent { row, ..Extent::of(elements, &spec) },
            channels,
            rows: None,
        })
    }

    /// Elements in a row, one number for all operands that have rows with room between them; 0 where none has.
    fn row<'c>(
        &self,
        operands: impl Iterator<Item = &'c Checked<'a, B>>,
        storage: Storage,
    ) -> Result<u64, Error>
    where
        'a: 'c,
        B: 'c,
    {
        let mut common = 0;
        for operand in operands {
            let Some(row) = operand.row() else { continue };
            if operand.storage() != storage {
                return Err(Error::RowsApart { operand: operand.name() });
            }
            if common != 0 {
                Error::check_length(operand.name(), common, row)?;
            }
            common = row;
        }
        Ok(common)
    }

    fn checked(&self, operand: &FormulaOperand, storage: Storage) -> Result<Checked<'a, B>, Error> {
        let port = Port::One { name: operand.name, variable: operand.variable };
        Checked::new(&port, Form::One(*self.values(operand)?.0), storage)
    }

    /// What elements share, checked.
    fn shared(&self, elements: u64) -> Result<Vec<Span<'a, B>>, Error> {
        let mut spans = Vec::new();
        for operand in self.formula.operands.iter().filter(|operand| operand.view != View::Element) {
            let (span, channels) = self.shared_values(operand, elements)?;
            self.checked(operand, Storage::F32)?.contiguous()?;
            Error::check_channels(operand.name, channels.count(), span.elements(Storage::F32))?;
            spans.push(*span);
        }
        Ok(spans)
    }
}
