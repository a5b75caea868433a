//! Formulas on the stand-alone layer.

use super::device::Operand;
use super::{Gpu, GpuBuffer};
use crate::error::Error;
use crate::formula::Formula;
use crate::operand::OperandKind;
use crate::storage::{Element, Storages};

impl Gpu {
    /// The results of a formula that no name is bound to, in the formula's order; those that are bound, say to compute in place, are
    /// written where they are bound. Operands as [`FormulaKernel::bind`](crate::FormulaKernel::bind) takes them.
    ///
    /// ```no_run
    /// use wgpu_activations::{Channels, Formula, Gpu, Operand};
    /// let gpu = Gpu::new_blocking()?;
    /// let (x, bias) = (gpu.upload(&[1.0_f32, -2.0, 3.0, -4.0])?, gpu.upload(&[0.5_f32, -0.5])?);
    /// let layer: Formula = "relu(x + bias[c])".parse()?;
    /// let bias = Operand::channels(bias.span(), Channels::new(2, 1));
    /// let y = gpu.formula::<f32>(&layer, &[("x", x.span().into()), ("bias", bias)])?;
    /// assert_eq!(gpu.read_blocking(&y[0])?, [1.5, 0.0, 3.5, 0.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`FormulaKernel::bind`](crate::FormulaKernel::bind): a sum has to be bound, to one f32 for each channel.
    pub fn formula<T: Element>(
        &self,
        formula: &Formula,
        operands: &[(&str, Operand<'_>)],
    ) -> Result<Vec<GpuBuffer<T>>, Error> {
        let given =
            |name: &str| operands.iter().find(|(bound, _)| *bound == name).map(|(_, operand)| operand.0);
        let elements = formula.elementwise_operands().find_map(|name| match given(name)? {
            OperandKind::Span(span) => Some(span.elements(T::STORAGE)),
            _ => None,
        });
        let names: Vec<&str> = formula.elementwise_results().filter(|name| given(name).is_none()).collect();
        let created = names.iter().map(|_| self.create(elements.unwrap_or(0)));
        let results = created.collect::<Result<Vec<GpuBuffer<T>>, Error>>()?;
        let spans = names.iter().zip(&results).map(|(name, buffer)| (*name, buffer.span().into()));
        let all: Vec<(&str, Operand<'_>)> = operands.iter().copied().chain(spans).collect();
        self.run_formula(formula, T::STORAGE, &all)?;
        Ok(results)
    }

    /// Binds, records and submits a formula whose every name is bound.
    ///
    /// # Errors
    /// As [`Gpu::formula`].
    pub fn run_formula(
        &self,
        formula: &Formula,
        storages: impl Into<Storages>,
        operands: &[(&str, Operand<'_>)],
    ) -> Result<(), Error> {
        let kernel = self.or_lost(self.kernels().formula(formula, storages))?;
        self.submit(&self.or_lost(kernel.bind(operands))?)
    }
}
