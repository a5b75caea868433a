//! An activation by itself, its learnable parameters perhaps from files.

use std::fmt;

use anyhow::{Result, bail, ensure};
use npyz::Order;
use wgpu_activations::{Activation, Element, Parameters};

use super::broadcast::{self, Broadcast};
use super::pieces::Whole;
use super::{Arguments, Device, Files, Named, find};
use crate::tensor::Tensor;

#[derive(Clone)]
pub(super) struct Elementwise {
    activation: Activation,
    from_output: bool,
    /// Whether parameters come from files.
    learned: bool,
}

impl Elementwise {
    pub(super) fn new(activation: Activation, arguments: &Arguments) -> Result<Self> {
        if arguments.from_output {
            activation.check_from_output()?;
        }
        let (kind, learnable) = (activation.kind(), activation.kind().learnable().len());
        for (flag, files) in
            [("--weight", &arguments.weight), ("--weight-grad-output", &arguments.weight_grad_output)]
        {
            if learnable == 0 && !files.is_empty() {
                bail!("{kind} has no parameter to learn, so there is nothing for {flag}");
            }
            ensure!(
                files.len() <= learnable,
                "{kind} has {learnable} parameters to learn, and {flag} is given {} times",
                files.len()
            );
        }
        let learned = !arguments.weight.is_empty();
        ensure!(
            !learned || arguments.weight.len() == learnable,
            "{kind} has {learnable} parameters to learn: give --weight for each, in this order: {}",
            kind.learnable().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
        );
        Ok(Self { activation, from_output: arguments.from_output, learned })
    }

    /// What the gradients of the parameters are called, in their order.
    pub(super) fn gradient_names(&self) -> impl Iterator<Item = &'static str> {
        ["dw", "dw2"].into_iter().take(self.activation.kind().learnable().len())
    }

    fn weight_names(&self) -> impl Iterator<Item = &'static str> {
        self.activation.kind().learnable().map(|(name, _)| name)
    }

    pub(super) fn inputs(&self, arguments: &Arguments, files: Files<'_>) -> Result<Vec<Named>> {
        let name = self.input_name();
        let mut input = files.read(arguments.input()?)?;
        if self.learned {
            input = input.in_order(Order::C);
        }
        let first = (name, &input);
        let dy = files.gradient(arguments, first, first)?;
        let ddx = files.arriving("ddx", arguments.grad_grad.as_deref(), first, first)?;
        let weights = self.weight_names().zip(&arguments.weight);
        let weights = weights.map(|(name, path)| Ok((name, files.read(path)?.in_order(Order::C))));
        let weights = weights.collect::<Result<Vec<Named>>>()?;
        Ok([(name, input)].into_iter().chain(dy).chain(ddx).chain(weights).collect())
    }

    /// Whether each result's element is that of the inputs' elements there, and of numbers that are known.
    pub(super) fn is_by_element(&self, arguments: &Arguments) -> bool {
        !self.learned && arguments.weight_grad_output.is_empty()
    }

    /// The inputs of what goes by element.
    pub(super) fn whole(&self, arguments: &Arguments, files: Files<'_>) -> Result<Whole> {
        let name = self.input_name();
        let input = files.open(arguments.input()?)?;
        let shape = input.shape.clone();
        let beside = [("dy", &arguments.grad), ("ddx", &arguments.grad_grad)];
        let beside = beside.map(|(other, path)| (other, path.as_deref(), (name, &shape[..])));
        Ok(Whole { parts: files.parts((name, input, 1), beside, 1)?, y: shape })
    }

    fn input_name(&self) -> &'static str {
        if self.from_output { "y" } else { "x" }
    }

    fn weights<'a>(&self, inputs: &'a [Named]) -> Vec<&'a Tensor> {
        self.weight_names().filter_map(|name| find(inputs, name)).collect()
    }

    pub(super) fn compute<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let (gpu, like) = (device.gpu, &inputs[0].1);
        let files = self.weights(inputs);
        let broadcast = Broadcast::new("--weight", like, &files, arguments.channel_dim)?;
        let expanded = files.iter().enumerate();
        let expanded = expanded.map(|(index, weight)| gpu.upload(&broadcast.expand(index, &weight.values)));
        let weights = expanded.collect::<Result<Vec<_>, _>>()?;
        let spans: Vec<_> = weights.iter().map(|weight| weight.span()).collect();
        let parameters = match self.learned {
            true => Parameters::learned(self.activation, &spans, broadcast.channels()),
            false => self.activation.into(),
        };
        let input = device.upload(like)?;
        let mut results = Vec::new();
        if arguments.wants_forward() {
            results.push(("y", device.read(&gpu.forward(parameters, &input)?, like)?));
        }
        let arriving = find(inputs, "dy");
        if arguments.second_output.is_some() {
            let ones = like.with_values(vec![1.0; like.values.len()]);
            let dy = arriving.unwrap_or(&ones);
            let d2 = match find(inputs, "ddx") {
                None => device.read(&gpu.second(parameters, &input, &device.upload(dy)?)?, like)?,
                // In f32, so that a result of 16 bits is rounded once.
                Some(ddx) => {
                    let [x, dy, ddx] = [like, dy, ddx].map(|tensor| gpu.upload(&tensor.values));
                    let second = gpu.second(parameters, &x?, &dy?)?;
                    let (ddx, product) = (ddx?, "chain(ddx, second)".parse()?);
                    let operands = [("ddx", ddx.span().into()), ("second", second.span().into())];
                    let d2 = gpu.read_blocking(&gpu.formula::<f32>(&product, &operands)?[0])?;
                    like.with_values(d2.into_iter().map(|value| T::from_f32(value).to_f32()).collect())
                }
            };
            results.push(("d2", d2));
        }
        let Some(dy) = arriving else { return Ok(results) };
        let dy = device.upload(dy)?;
        if arguments.wants_backward() {
            let dx = match self.from_output {
                true => gpu.backward_from_output(parameters, &input, &dy)?,
                false => gpu.backward(parameters, &input, &dy)?,
            };
            results.push(("dx", device.read(&dx, like)?));
        }
        let wanted = self.gradient_names().take(arguments.weight_grad_output.len());
        for (index, name) in wanted.enumerate() {
            let values = gpu.read_blocking(&gpu.parameter_gradient(parameters, index, &input, &dy)?)?;
            let gradient = match files.get(index) {
                Some(weight) => broadcast::like(weight, broadcast.reduce(index, &values)),
                None => Tensor::row(values),
            };
            results.push((name, gradient));
        }
        Ok(results)
    }
}

impl fmt::Display for Elementwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.learned {
            return write!(f, "{} with parameters from files", self.activation.kind());
        }
        self.activation.fmt(f)
    }
}
