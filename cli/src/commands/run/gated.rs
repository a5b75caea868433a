//! A gated function: values and gates in two files or in one.

use std::fmt;
use std::num::NonZero;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use wgpu_activations::{Element, Gate, Order, Pair};

use super::broadcast::dimension;
use super::pieces::Whole;
use super::{Arguments, Device, Files, Named, find};
use crate::tensor::{Tensor, shape_text};

/// Where values and gates lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Layout {
    Separate,
    Halves,
    Interleaved,
}

/// Which of the two comes first.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum OrderName {
    ValueFirst,
    GateFirst,
}

#[derive(Clone, Copy)]
pub(super) struct Gated {
    gate: Gate,
    layout: Layout,
    order: Order,
    /// The dimension that holds both, as the user counts.
    dim: i64,
    /// Interleaved: how many of the one come before as many of the other.
    block: u64,
}

impl Gated {
    pub(super) fn new(gate: Gate, arguments: &Arguments) -> Result<Self> {
        let usual = if arguments.gate.is_some() { Layout::Separate } else { Layout::Halves };
        let layout = arguments.layout.unwrap_or(usual);
        ensure!(
            (layout == Layout::Separate) == arguments.gate.is_some(),
            "--gate and --layout separate go together: with another layout, the input holds values and gates"
        );
        let named = Gate::NAMED.iter().find(|named| named.gate.kind() == gate.kind());
        let order = match arguments.order {
            Some(OrderName::ValueFirst) => Order::ValueFirst,
            Some(OrderName::GateFirst) => Order::GateFirst,
            None => named.map_or(Order::ValueFirst, |named| named.order),
        };
        ensure!(
            layout != Layout::Separate || arguments.dim.is_none(),
            "--dim is for values and gates in one file: in files of their own, nothing is split"
        );
        ensure!(
            layout == Layout::Interleaved || arguments.block.is_none(),
            "--block is for --layout interleaved: with another layout, blocks do not alternate"
        );
        let block = arguments.block.map_or(1, NonZero::get);
        Ok(Self { gate, layout, order, dim: arguments.dim.unwrap_or(-1), block })
    }

    /// What the gradient of the input is called.
    pub(super) fn gradient_name(&self) -> &'static str {
        if self.layout == Layout::Separate { "d_value" } else { "dx" }
    }

    /// The inputs, to be read in pieces of whole rows of values and gates, and what computes such.
    pub(super) fn whole(&self, arguments: &Arguments, files: Files<'_>) -> Result<(Whole, Self)> {
        let input = files.open(arguments.input()?)?;
        let separate = self.layout == Layout::Separate;
        let (name, input) =
            if separate { ("value", input) } else { ("x", files.reader.in_order(input, npyz::Order::C)?) };
        let (shape, y) = (input.shape.clone(), self.result_shape(&input.shape)?);
        let run = if separate { 1 } else { self.run_of(&shape)? };
        let row = if separate { run } else { run.saturating_mul(2) };
        let beside = [
            ("gate", arguments.gate.as_deref(), (name, &shape[..])),
            ("dy", arguments.grad.as_deref(), ("y", &y[..])),
        ];
        let parts = files.parts((name, input, row), beside, run)?;
        let layout = match self.layout {
            Layout::Interleaved if run != 1 => Layout::Halves,
            layout => layout,
        };
        Ok((Whole { parts, y }, Self { layout, dim: -1, block: 1, ..*self }))
    }

    /// y without its values.
    fn result_of(&self, input: &Tensor) -> Result<Tensor> {
        let shape = self.result_shape(&input.shape)?;
        Ok(Tensor { shape, ..input.with_values(Vec::new()) })
    }

    fn result_shape(&self, input: &[u64]) -> Result<Vec<u64>> {
        let mut result = input.to_vec();
        if self.layout != Layout::Separate {
            let dimension = dimension(self.dim, input).context("--dim")?;
            let size = &mut result[dimension];
            let last = dimension + 1 == input.len();
            let which = if last { "the last dimension".to_owned() } else { format!("dimension {dimension}") };
            let shape = shape_text(input);
            ensure!(size.is_multiple_of(2), "{which} of x ({shape}) is odd: it holds pairs");
            let block = self.block;
            ensure!(
                (*size / 2).is_multiple_of(block),
                "{which} of x ({shape}) is not a multiple of two blocks of {block}"
            );
            *size /= 2;
        }
        Ok(result)
    }

    /// How many elements of the one lie together before those of the other follow.
    fn run_of(&self, input: &[u64]) -> Result<u64> {
        let dimension = dimension(self.dim, input).context("--dim")?;
        let inner: u64 = input[dimension + 1..].iter().product();
        let of_dimension = if self.layout == Layout::Halves { input[dimension] / 2 } else { self.block };
        Ok(of_dimension * inner)
    }

    pub(super) fn compute<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let (gpu, input) = (device.gpu, &inputs[0].1);
        let parts: Vec<&Tensor> = [Some(input), find(inputs, "gate")].into_iter().flatten().collect();
        let buffers = parts.iter().map(|part| device.upload(part)).collect::<Result<Vec<_>>>()?;
        let pair = match &buffers[..] {
            [value, gate] => Pair::separate(value, gate),
            _ => match self.run_of(&input.shape)? {
                1 if self.layout == Layout::Interleaved => Pair::interleaved(&buffers[0], self.order),
                run => Pair::halves(&buffers[0], 2 * run, self.order)?,
            },
        };
        let mut results = Vec::new();
        if arguments.wants_forward() {
            let y = gpu.gated_forward(self.gate, pair)?;
            results.push(("y", device.read(&y, &self.result_of(input)?)?));
        }
        let Some(dy) = find(inputs, "dy").filter(|_| arguments.wants_backward()) else { return Ok(results) };
        let gradients = gpu.gated_backward(self.gate, pair, &device.upload(dy)?)?.parts();
        let gradients = gradients.iter().zip(&parts).map(|(gradient, part)| device.read(gradient, part));
        let gradients = gradients.collect::<Result<Vec<_>>>()?;
        results.extend([self.gradient_name(), "d_gate"].into_iter().zip(gradients));
        Ok(results)
    }
}

/// `swiglu, halves of the last dimension, gate first`
impl fmt::Display for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::ValueFirst => "value first",
            Order::GateFirst => "gate first",
        };
        let dimension = match self.dim {
            -1 => "the last dimension".to_owned(),
            number => format!("dimension {number}"),
        };
        match self.layout {
            Layout::Separate => write!(f, "{}, values and gates by themselves", self.gate),
            Layout::Halves => write!(f, "{}, halves of {dimension}, {order}", self.gate),
            Layout::Interleaved if self.block > 1 => {
                write!(f, "{}, blocks of {} alternating along {dimension}, {order}", self.gate, self.block)
            }
            Layout::Interleaved => write!(f, "{}, alternating along {dimension}, {order}", self.gate),
        }
    }
}
