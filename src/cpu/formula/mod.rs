//! Formulas on the CPU: by the functions' own loops, in f64 between them, a block of elements at a time.

mod evaluate;
mod operators;
mod plan;
mod slice;

use super::{Cpu, Threads, runs, sums};
use crate::error::{Error, FormulaError};
use crate::formula::{Composed, Formula, FormulaOperand, View};
use crate::operand::{Channels, Names, OperandKind};
use evaluate::{BLOCK, Elements, Evaluator};
use plan::Plan;
use slice::{Access, Values, ValuesMut};
pub use slice::{Operand, Slice};

impl Cpu {
    /// The results of a formula, whose every operand and result is bound by its name, as
    /// [`FormulaKernel::bind`](crate::FormulaKernel::bind) binds them: those with an element each to slices of any type, each its own;
    /// what elements share, and sums, to slices of f32. A result that is an operand, too, is computed in place, and bound once. Rows
    /// may have room between them ([`Slice::rows`]).
    ///
    /// Each function is within 0.501 ULP, and nothing is rounded between them: values are f64 until a result is written. Of a sum the
    /// terms are f64, too, in an order that depends on the lengths alone. The bits do not depend on the number of threads.
    ///
    /// ```
    /// use wgpu_activations::{Channels, Formula, cpu::{Cpu, Operand}};
    /// let layer: Formula = "relu(x + bias[c]) * gate".parse()?;
    /// let (x, bias, gate) = ([1.0_f32, -2.0, 3.0, -4.0], [0.5_f32, 3.0], [2.0_f32; 4]);
    /// let mut y = [0.0_f32; 4];
    /// let per_column = Channels::new(2, 1);
    /// Cpu::new().formula(&layer, [
    ///     ("x", (&x).into()), ("bias", Operand::channels(&bias, per_column)), ("gate", (&gate).into()), ("y", (&mut y).into()),
    /// ])?;
    /// assert_eq!(y, [3.0, 2.0, 7.0, 0.0]);
    ///
    /// let gradient = &layer.backward(&["bias"])?[0];
    /// let (dy, mut dbias) = ([1.0_f32; 4], [0.0_f32; 2]);
    /// Cpu::new().formula(gradient, [
    ///     ("x", (&x).into()), ("bias", Operand::channels(&bias, per_column)), ("gate", (&gate).into()), ("dy", (&dy).into()),
    ///     ("dbias", Operand::channels(&mut dbias, per_column)),
    /// ])?;
    /// assert_eq!(dbias, [4.0, 2.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FormulaError::UnknownOperand`], [`FormulaError::NameTwice`], [`FormulaError::Unbound`], [`FormulaError::OtherKind`] (also for a
    /// result whose slice is not mutable), [`FormulaError::OtherChannels`], [`FormulaError::NotAnElement`], [`FormulaError::NotFinite`];
    /// [`Error::InvalidParameter`] for a value that a function refuses; [`Error::LengthMismatch`], [`Error::NotDivisible`],
    /// [`Error::LimitExceeded`] for channels beyond 2^31; [`Error::Pitch`], [`Error::OutOfBounds`], [`Error::RowsApart`] for rows. Then
    /// nothing is written.
    pub fn formula<'n, 'a>(
        &self,
        formula: &Formula,
        operands: impl IntoIterator<Item = (&'n str, Operand<'a>)>,
    ) -> Result<(), Error> {
        self.run_formula(formula, operands.into_iter().collect(), false)
    }

    /// As [`Cpu::formula`], but results are added to what is there, as by
    /// [`FormulaKernel::bind_accumulate`](crate::FormulaKernel::bind_accumulate): in f64, and rounded once.
    ///
    /// ```
    /// use wgpu_activations::{Formula, cpu::Cpu};
    /// let (x, mut y) = ([1.0_f32, -2.0, 3.0], [10.0_f32; 3]);
    /// Cpu::new().formula_accumulate(&"relu(x)".parse()?, [("x", (&x).into()), ("y", (&mut y).into())])?;
    /// assert_eq!(y, [11.0, 10.0, 13.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Cpu::formula`].
    pub fn formula_accumulate<'n, 'a>(
        &self,
        formula: &Formula,
        operands: impl IntoIterator<Item = (&'n str, Operand<'a>)>,
    ) -> Result<(), Error> {
        self.run_formula(formula, operands.into_iter().collect(), true)
    }

    fn run_formula<'a>(
        &self,
        formula: &Formula,
        mut operands: Vec<(&str, Operand<'a>)>,
        accumulate: bool,
    ) -> Result<(), Error> {
        let defaults: Vec<f32> = formula.parameters().map(|(_, value)| value).collect();
        let names = Names { formula: Composed::of(formula), operands: &operands };
        let elements = check(&names)?;
        let parameters = names.parameters(&defaults)?;
        names.formula.values(&parameters)?;
        let plan = Plan::new(formula, parameters, names.seed()?.unwrap_or_default());
        let channels =
            names.formula.is_summed().then(|| names.channels_of_sum(elements as u64)).transpose()?;
        let mut results = taken(formula, &mut operands);
        // A sum is the last result.
        let mut sums = channels.and_then(|_| results.pop());
        let sources = sources(formula, &operands);
        let pass = Pass { plan: &plan, sources: &sources, elements, accumulate, channels };
        let totals = pass.compute(self.threads, results);
        if let Some(sums) = sums.as_mut().and_then(ValuesMut::floats) {
            for (sum, total) in sums.iter_mut().zip(totals) {
                *sum = (total + if accumulate { f64::from(*sum) } else { 0.0 }) as f32;
            }
        }
        Ok(())
    }
}

/// Checks all that is bound, and says how many elements there are.
fn check(names: &Names<'_, '_, Slice<'_>>) -> Result<usize, Error> {
    names.check_names()?;
    let all = || names.formula.operands.iter().chain(&names.formula.results);
    let own = || all().filter(|operand| operand.view == View::Element);
    let length = |operand: &FormulaOperand| names.values(operand)?.0.check(operand.name);
    let elements = own().next().map_or(Ok(0), length)?;
    for operand in own() {
        Error::check_length(operand.name, elements as u64, length(operand)? as u64)?;
    }
    for operand in all().filter(|operand| operand.view != View::Element) {
        let (slice, channels) = names.shared_values(operand, elements as u64)?;
        slice.check_contiguous(operand.name)?;
        let floats = slice.values().floats();
        let floats = floats.ok_or_else(|| FormulaError::NotAnElement { name: operand.name.to_owned() })?;
        Error::check_channels(operand.name, channels.count(), floats.len() as u64)?;
    }
    names.views(elements as u64)?;
    names.formula.results.iter().try_for_each(|result| check_written(names, result))?;
    Ok(elements)
}

fn check_written(names: &Names<'_, '_, Slice<'_>>, result: &FormulaOperand) -> Result<(), Error> {
    match names.values(result)?.0.access {
        Access::Write(_) => Ok(()),
        Access::Read(_) => {
            let (given, needed) = ("a slice that is only read", "a mutable one");
            Err(FormulaError::OtherKind { name: result.name.to_owned(), given, needed }.into())
        }
    }
}

/// The results' slices, which no operand has any more.
fn taken<'a>(formula: &Formula, operands: &mut Vec<(&str, Operand<'a>)>) -> Vec<ValuesMut<'a>> {
    let slice = |name: &String| {
        let place = operands.iter().position(|(bound, _)| bound == name)?;
        match operands.swap_remove(place).1.0 {
            OperandKind::Span(slice) | OperandKind::Channels(slice, _) | OperandKind::Single(slice) => {
                match slice.access {
                    Access::Write(elements) => Some(ValuesMut { elements, rows: slice.rows }),
                    Access::Read(_) => None,
                }
            }
            _ => None,
        }
    };
    formula.outputs.iter().map(|output| &output.named.name).filter_map(slice).collect()
}

/// Where each operand's values are.
fn sources<'s>(formula: &Formula, operands: &'s [(&str, Operand<'_>)]) -> Vec<Source<'s>> {
    let source =
        |name: &String| match operands.iter().find(|(bound, _)| bound == name).map(|(_, operand)| &operand.0)
        {
            Some(OperandKind::Span(slice)) => Source::Elements(slice.values()),
            Some(OperandKind::Channels(slice, channels)) => Source::shared(slice, *channels),
            Some(OperandKind::Single(slice)) => Source::shared(slice, Channels::ONE),
            _ => Source::Result(
                formula.outputs.iter().position(|output| output.named.name == *name).unwrap_or_default(),
            ),
        };
    formula.nodes.operands.iter().map(|operand| source(&operand.name)).collect()
}

/// Where an operand's values are.
enum Source<'s> {
    Elements(Values<'s>),
    Shared(&'s [f32], Channels),
    /// In the result of this number, which is computed in place.
    Result(usize),
}

impl<'s> Source<'s> {
    fn shared(slice: &'s Slice<'_>, channels: Channels) -> Self {
        Self::Shared(slice.values().floats().unwrap_or_default(), channels)
    }

    /// Those of as many elements as `wide` has, from number `first` on, which the results have from number `own` on.
    fn read(&self, results: &[ValuesMut<'_>], [first, own]: [usize; 2], wide: &mut [f64]) {
        match self {
            Self::Elements(values) => values.read(first, wide),
            Self::Shared(values, channels) => spread(values, *channels, first as u64, wide),
            Self::Result(index) => results[*index].values().read(own, wide),
        }
    }
}

/// Each element's value of its channel.
fn spread(values: &[f32], channels: Channels, first: u64, wide: &mut [f64]) {
    if channels.inner() == 1 && channels.count() > 1 {
        let mut next = channels.of(first) as usize;
        let mut rest = wide;
        while !rest.is_empty() {
            let count = rest.len().min(values.len() - next);
            let (run, others) = rest.split_at_mut(count);
            slice::widen(&values[next..][..count], run);
            (rest, next) = (others, 0);
        }
    } else {
        for range in runs::pieces(channels, first, wide.len()) {
            let channel = channels.of(first + range.start as u64) as usize;
            wide[range].fill(values[channel].into());
        }
    }
}

/// A formula over so many elements.
struct Pass<'s> {
    plan: &'s Plan<'s>,
    sources: &'s [Source<'s>],
    elements: usize,
    /// Whether results with an element each are added to what is there.
    accumulate: bool,
    /// Of the last result, if that is a sum.
    channels: Option<Channels>,
}

impl Pass<'_> {
    /// Writes the results with an element each, and returns the sums.
    fn compute(&self, threads: Threads, mut results: Vec<ValuesMut<'_>>) -> Vec<f64> {
        let count = self.channels.map_or(0, |channels| channels.count() as usize);
        let chunk = sums::chunk(count);
        let chunks = (0..self.elements)
            .step_by(chunk)
            .map(|first| (first, results.iter_mut().map(|result| result.split_off(chunk)).collect()))
            .collect();
        sums::of_chunks(threads, chunks, count, |(first, results)| {
            self.chunk(first, chunk.min(self.elements - first), results)
        })
    }

    /// One thread's part: results for so many elements from number `first` on, and their sums.
    fn chunk(&self, first: usize, elements: usize, mut results: Vec<ValuesMut<'_>>) -> Vec<f64> {
        let mut evaluator = Evaluator::new(self.plan);
        let mut sums = vec![0.0; self.channels.map_or(0, |channels| channels.count() as usize)];
        for (own, count) in blocks(elements) {
            let numbered = Elements { first: (first + own) as u64, count };
            evaluator.compute(numbered, |place, wide| {
                self.sources[place].read(&results, [first + own, own], wide);
            });
            for (result, output) in results.iter_mut().zip(&self.plan.formula.outputs) {
                self.write(result, own, evaluator.column(output.node, count));
            }
            if let (Some(channels), Some(sum)) = (self.channels, self.plan.formula.outputs.last()) {
                sums::add(channels, numbered.first, evaluator.column(sum.node, count), &mut sums);
            }
        }
        sums
    }

    fn write(&self, result: &mut ValuesMut<'_>, first: usize, column: &[f64]) {
        if !self.accumulate {
            return result.write(first, column);
        }
        let mut sums = [0.0; BLOCK];
        let sums = &mut sums[..column.len()];
        result.values().read(first, sums);
        sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += value);
        result.write(first, sums);
    }
}

/// Where each block begins, and how many elements it has.
fn blocks(elements: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..elements).step_by(BLOCK).map(move |start| (start, BLOCK.min(elements - start)))
}
