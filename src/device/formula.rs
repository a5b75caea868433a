//! Kernels of formulas, and how they are bound: by name.

use crate::device::builder::{Bound, Maker};
use crate::device::kernels::Kernels;
use crate::device::step::{Step, Wanted};
use crate::error::Error;
use crate::formula::{Composed, Formula, FormulaOperand, View};
use crate::operand::{Checked, Form, Given, Names, Operand, Origin, Span, Views};
use crate::operation::Port;
use crate::plan::Extent;
use crate::shader::Spec;
use crate::storage::{Storage, Storages};

/// A formula in one storage type, ready to be bound to buffers by the names of its operands.
///
/// ```
/// use wgpu_activations::{Channels, Error, Formula, Kernels, Operand, Span, Step, Storage};
///
/// /// One dispatch for what is around a feed-forward layer's activation, in rows of `width`.
/// fn epilogue(kernels: &Kernels, x: &wgpu::Buffer, bias: &wgpu::Buffer, gate: &wgpu::Buffer, width: u64) -> Result<Step, Error> {
///     let layer: Formula = "x = gelu_erf(x + bias[c]) * gate".parse()?;
///     kernels.formula(&layer, Storage::F16)?.bind(&[
///         ("x", Span::all(x).into()),
///         ("bias", Operand::channels(Span::all(bias), Channels::new(width, 1))),
///         ("gate", Span::all(gate).into()),
///     ])
/// }
/// ```
#[derive(Debug, Clone)]
pub struct FormulaKernel {
    maker: Maker,
    spec: Spec,
    formula: &'static Composed,
    /// The parameters' values where none are bound.
    parameters: Vec<f32>,
}

impl Kernels {
    /// A formula's kernel. Operands with an element each, and results, are of this storage, unless [`Storages`] says something else of
    /// their names: f32 beside one 16-bit type. What elements share, and sums, are f32.
    ///
    /// Equal formulas have one pipeline, whatever the values of their parameters. What makes it is kept as long as the program runs: a
    /// kilobyte or two for each different formula.
    ///
    /// # Errors
    /// As [`Spec::formula`]; [`Error::DeviceLost`].
    pub fn formula(&self, formula: &Formula, storages: impl Into<Storages>) -> Result<FormulaKernel, Error> {
        let parameters = formula.parameters().map(|(_, value)| value).collect();
        let formula = Composed::of(formula);
        let spec = Spec::composed(formula, storages)?;
        self.shared.check_lost()?;
        Ok(FormulaKernel { maker: self.maker(), spec, formula, parameters })
    }
}

impl FormulaKernel {
    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Prepares a step: every operand and result of the formula by its name (an operand that is a result, too, once), and values of
    /// parameters where they are not the formula's own. Record it as often as you like.
    ///
    /// A result may be exactly the range of an operand with an element each (in place); else it must not overlap any. All may be ranges
    /// of one buffer. Every buffer needs the usage `STORAGE`. Zero elements make a step that does nothing; a sum of nothing is 0.
    ///
    /// Sums are those of [`Kernels::parameter_gradient`]: the same bits on every run.
    ///
    /// # Errors
    /// Of [`FormulaError`](crate::FormulaError) `UnknownOperand`, `NameTwice`, `Unbound`, `OtherKind`, `OtherChannels` and `NotFinite`;
    /// [`Error::InvalidParameter`] for a value that a function refuses;
    /// [`Error::LengthMismatch`], [`Error::NotDivisible`], and all that [`Kernel::bind`](crate::Kernel::bind) says of ranges;
    /// [`Error::LimitExceeded`] where the device allows fewer storage buffers.
    pub fn bind(&self, operands: &[(&str, Operand<'_>)]) -> Result<Step, Error> {
        self.prepare(operands, Wanted::Step { accumulate: false })
    }

    /// Compiles what [`FormulaKernel::bind`] with these operands will need, as [`Kernel::warm_up`](crate::Kernel::warm_up).
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`].
    pub fn warm_up(&self, operands: &[(&str, Operand<'_>)]) -> Result<(), Error> {
        self.prepare(operands, Wanted::Programs { accumulate: false }).map(|_| ())
    }

    /// [`FormulaKernel::warm_up`] for [`FormulaKernel::bind_accumulate`].
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`].
    pub fn warm_up_accumulate(&self, operands: &[(&str, Operand<'_>)]) -> Result<(), Error> {
        self.prepare(operands, Wanted::Programs { accumulate: true }).map(|_| ())
    }

    /// As [`FormulaKernel::bind`], but results are added to what is there.
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`].
    pub fn bind_accumulate(&self, operands: &[(&str, Operand<'_>)]) -> Result<Step, Error> {
        self.prepare(operands, Wanted::Step { accumulate: true })
    }

    /// Binds a step anew, as [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`].
    pub fn rebind(&self, step: &mut Step, operands: &[(&str, Operand<'_>)]) -> Result<(), Error> {
        *step = self.prepare(operands, Wanted::Again(step))?;
        Ok(())
    }

    fn prepare(&self, operands: &[(&str, Operand<'_>)], wanted: Wanted<'_>) -> Result<Step, Error> {
        let spec = Spec { accumulate: wanted.accumulates(), ..self.spec };
        let bound = Names { formula: self.formula, operands }.check(spec, &self.parameters)?;
        self.maker.build(&bound, wanted)
    }
}

impl<'a> Names<'_, 'a, Span<'a>> {
    fn check(&self, spec: Spec, defaults: &[f32]) -> Result<Bound<'a>, Error> {
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
        let elements = inputs.first().or(outputs.first()).map_or(0, |first: &Checked<'_>| first.elements);
        let own = if summed { &[] } else { &outputs[..] };
        for operand in inputs.iter().chain(own) {
            Error::check_length(operand.name(), elements, operand.elements)?;
        }
        for (index, output) in own.iter().enumerate() {
            output.check_overlap(&inputs)?;
            output.check_apart(&own[..index])?;
        }
        let row = self.row(inputs.iter().chain(own), spec.storage)?;
        let shared = self.shared(elements)?;
        let channels = self.channels_of_result(elements)?;
        if let (true, Some(sums)) = (summed, outputs.first()) {
            Error::check_channels(sums.name(), channels.count(), sums.elements)?;
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
            extent: Extent { row, ..Extent::new(elements, spec.storage) },
            channels,
            axis: None,
        })
    }

    /// Elements in a row, one number for all operands that have rows with room between them; 0 where none has.
    fn row<'c>(&self, operands: impl Iterator<Item = &'c Checked<'a>>, storage: Storage) -> Result<u64, Error>
    where
        'a: 'c,
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

    fn checked(&self, operand: &FormulaOperand, storage: Storage) -> Result<Checked<'a>, Error> {
        let port = Port::One { name: operand.name, variable: operand.variable };
        Checked::new(&port, Form::One(*self.values(operand)?.0), storage)
    }

    /// What elements share, checked.
    fn shared(&self, elements: u64) -> Result<Vec<Span<'a>>, Error> {
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
