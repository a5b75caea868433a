//! A gated function: values and gates in two files or in one.

use std::fmt;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use wgpu_activations::{Element, Gate, Order, Pair};

use super::{Arguments, Device, Named, check_shapes, find, read, read_beside};
use crate::npy::Tensor;

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

pub(super) struct Gated {
    gate: Gate,
    layout: Layout,
    order: Order,
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
        Ok(Self { gate, layout, order })
    }

    /// What the gradient of the input is called.
    pub(super) fn gradient_name(&self) -> &'static str {
        if self.layout == Layout::Separate { "d_value" } else { "dx" }
    }

    pub(super) fn inputs(&self, arguments: &Arguments) -> Result<Vec<Named>> {
        let input = read(arguments.input()?)?;
        let (name, input) = match self.layout {
            Layout::Separate => ("value", input),
            _ => ("x", input.in_order(npyz::Order::C)),
        };
        let (first, result) = ((name, &input), self.result_of(&input)?);
        let mut others = Vec::new();
        if let Some(path) = &arguments.gate {
            let gate = read_beside(path, "gate", first)?;
            check_shapes(("gate", &gate), first)?;
            others.push(("gate", gate));
        }
        if let Some(path) = &arguments.grad {
            let dy = read_beside(path, "dy", first)?;
            check_shapes(("dy", &dy), ("y", &result))?;
            others.push(("dy", dy));
        }
        Ok([(name, input)].into_iter().chain(others).collect())
    }

    /// y's shape, without its values.
    fn result_of(&self, input: &Tensor) -> Result<Tensor> {
        let mut result = input.with_values(Vec::new());
        if self.layout != Layout::Separate {
            let shown = input.shape_text();
            let last = result.shape.last_mut().context("a scalar has no last dimension to split")?;
            ensure!(last.is_multiple_of(2), "the last dimension of x ({shown}) is odd: it holds pairs");
            *last /= 2;
        }
        Ok(result)
    }

    pub(super) fn compute<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let (gpu, input) = (device.gpu, &inputs[0].1);
        let first = device.upload(input)?;
        let gate = find(inputs, "gate").map(|gate| device.upload(gate)).transpose()?;
        let pair = match (self.layout, &gate) {
            (Layout::Interleaved, _) => Pair::interleaved(&first, self.order),
            (Layout::Separate, Some(gate)) => Pair::separate(&first, gate),
            _ => Pair::halves(&first, input.shape.last().copied().unwrap_or(0), self.order)?,
        };
        let mut results = Vec::new();
        if arguments.wants_forward() {
            let y = gpu.gated_forward(self.gate, pair)?;
            results.push(("y", device.read(&y, &self.result_of(input)?)?));
        }
        let Some(dy) = find(inputs, "dy").filter(|_| arguments.wants_backward()) else { return Ok(results) };
        let gradients = gpu.gated_backward(self.gate, pair, &device.upload(dy)?)?.parts();
        for (name, gradient) in [self.gradient_name(), "d_gate"].into_iter().zip(&gradients) {
            results.push((name, device.read(gradient, input)?));
        }
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
        match self.layout {
            Layout::Separate => write!(f, "{}, values and gates by themselves", self.gate),
            Layout::Halves => write!(f, "{}, halves of the last dimension, {order}", self.gate),
            Layout::Interleaved => write!(f, "{}, in turns, {order}", self.gate),
        }
    }
}
