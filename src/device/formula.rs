//! Kernels of formulas, and how they are bound: by name.

use super::builder::Maker;
use super::kernels::Kernels;
use super::operands::Operand;
use super::step::{Step, Wanted};
use super::variable::VariableStep;
use super::wgpu;
use crate::error::Error;
use crate::formula::{Composed, Formula};
use crate::operand::Names;
use crate::plan::bound::Bound;
use crate::shader::Spec;
use crate::storage::Storages;

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

    /// Prepares a step whose length is a value, as [`Kernel::bind_variable`](crate::Kernel::bind_variable).
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`]; [`Error::FixedLength`] where one dispatch does not do.
    pub fn bind_variable(&self, operands: &[(&str, Operand<'_>)]) -> Result<VariableStep, Error> {
        self.maker.variable(&self.check(self.spec, operands)?)
    }

    /// Rebinds a step, like [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`].
    pub fn rebind(&self, step: &mut Step, operands: &[(&str, Operand<'_>)]) -> Result<(), Error> {
        *step = self.prepare(operands, Wanted::Again(step))?;
        Ok(())
    }

    fn prepare(&self, operands: &[(&str, Operand<'_>)], wanted: Wanted<'_>) -> Result<Step, Error> {
        let spec = Spec { accumulate: wanted.accumulates(), ..self.spec };
        self.maker.build(&self.check(spec, operands)?, wanted)
    }

    fn check<'a>(
        &self,
        spec: Spec,
        operands: &[(&str, Operand<'a>)],
    ) -> Result<Bound<'a, wgpu::Buffer>, Error> {
        Names { formula: self.formula, operands }.check(spec, &self.parameters)
    }
}
